"""
Tables of billing: quantities without a price, tariffs, payers with their quotients, the ledger,
bills, runs, payments. Days are days in France, moments aware UTC, money integer cents.
"""

from services.billing.models.base import Base
from services.billing.models.bills import (
    CardVersion,
    Dispute,
    Document,
    Invoice,
    InvoiceLine,
    Reminder,
    TaxCertificate,
)
from services.billing.models.collecting.debits import Debit, DebitRun, Mandate
from services.billing.models.collecting.payment_plans import PaymentPlan, PaymentPlanBill
from services.billing.models.collecting.payments import (
    ClosedDay,
    DepositSlip,
    OnlinePayment,
    Payment,
    PaymentTitle,
    Refund,
    RefundReversal,
    WithdrawnReversal,
)
from services.billing.models.collecting.treasury import (
    Debtor,
    DebtorName,
    Lot,
    LotPiece,
    ReturnedRow,
    TreasuryReturn,
)
from services.billing.models.comparison_sums import (
    CARD_SUMS,
    EMAIL_REACH_SUMS,
    HOUSEHOLD_SUMS,
    PLACE_SUMS,
    SHEET_SUMS,
)
from services.billing.models.ledger import Entry, NumberSeries, Posting
from services.billing.models.letters import (
    EmailReach,
    PaperChoice,
    PrintedPiece,
    PrintPart,
    PrintRun,
)
from services.billing.models.past_bills import PastBill, PastPayment
from services.billing.models.payers import (
    Address,
    DeceasedPayer,
    FundRefusal,
    FundRequest,
    Household,
    HouseholdChild,
    HouseholdGuardian,
    HouseholdOnHold,
    HouseholdWord,
    Quotient,
    RecordHold,
    Share,
    SharePart,
    Subject,
    SubjectRight,
)
from services.billing.models.pricing.grid_replays import GridReplay
from services.billing.models.pricing.tariffs import ResidenceVersion, TariffVersion
from services.billing.models.quantities import (
    Counted,
    CountedSheet,
    Quantity,
    QuantitySheet,
    StoredPlace,
    ToBill,
)
from services.billing.models.runs import BillingRun, RunHousehold
