"""The contracts of the two tiny services on which the kit is tried."""

from marshmallow import fields

from shared.contracts.formats import Id, Text, Version
from shared.contracts.message import Event, Method

echo = Method("dossier", "echo", request={"text": Text(1000)}, answer={"text": Text(1000)})
secret = Method("dossier", "secret", request={}, answer={"text": Text(1000)})
slow = Method("dossier", "slow", request={"seconds": fields.Float()}, answer={})
dies = Method("dossier", "dies", request={"text": Text(1000)}, answer={})
breaks = Method("dossier", "breaks", request={"text": Text(1000)}, answer={})
count = Method(
    "dossier", "count", request={"name": Text(40)}, answer={"total": Version()}, writes=True
)
at_length = Method(
    "dossier", "at_length", request={"signs": Version()}, answer={"text": fields.String()}
)
count_at_length = Method(
    "dossier",
    "count_at_length",
    request={"name": Text(40), "signs": Version()},
    answer={"text": fields.String()},
    writes=True,
)
hear_at_length = Method("dossier", "hear_at_length", request={"text": fields.String()}, answer={})
swap = Method(
    "dossier",
    "swap",
    request={"first": Text(40), "second": Text(40)},
    answer={"total": Version()},
    writes=True,
)
whoami = Method("dossier", "whoami", request={}, answer={"subject": Id(), "caller": Text(60)})
counted = Event("dossier", "counted", fields={"name": Text(40), "total": Version()})
addressed = Event("dossier", "addressed", fields={"text": Text(200)}, addressed=True)
shout = Method(
    "dossier",
    "shout",
    request={"to": Text(60), "topic": Text(60), "text": Text(200), "times": Version()},
    answer={},
    writes=True,
)
total = Method("enrolment", "total", request={"name": Text(40)}, answer={"total": Version()})
heard = Method("enrolment", "heard", request={}, answer={"texts": fields.List(fields.String())})
