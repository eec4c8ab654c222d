"""
Answers of the data protection office to this machine, kept beside the town file.

The front desk's database may be set back by other hands; what was answered here is not. Therefore
this machine knows which difference it asked about, how many decisions it saw on each request, and
which requests are over.
"""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from deploy.instance.instance import replace_file
from deploy.instance.kept_json import back_from_copy, read_kept_json
from shared.contracts.portal_gateway.widening_approvals import AskApprovalAnswer
from shared.json_values import as_json


@dataclass(frozen=True)
class OfficeAnswers:
    """
    The last answer and the difference of which it is (None: nothing is asked), and all before.

    `over` are requests that were withdrawn because the file asked for something else since.
    """

    answer: AskApprovalAnswer | None = None
    digest: str = ""
    seen: dict[str, int] = field(default_factory=dict)
    over: tuple[str, ...] = ()

    def answer_if_same_difference(self, digest: str) -> AskApprovalAnswer | None:
        """Return the answer to exactly this difference; None where it was not asked about."""
        return self.answer if self.digest == digest else None

    def with_new_question(self, digest: str) -> "OfficeAnswers":
        """Return what holds from now on: asked for something else, the former request is over."""
        if self.answer is None or self.answer.request_id is None or self.digest == digest:
            return self
        return replace(self, answer=None, digest="", over=(*self.over, self.answer.request_id))

    def were_more_decisions_seen(self, answer: AskApprovalAnswer) -> bool:
        """Say whether more decisions on a request were seen here: its database was set back."""
        return answer.decisions < self.seen.get(answer.request_id or "", 0)

    def with_answer(self, answer: AskApprovalAnswer, digest: str) -> "OfficeAnswers":
        """Return these answers and one more."""
        if answer.request_id is None:
            return replace(self, answer=None, digest="")
        seen = {**self.seen, answer.request_id: answer.decisions}
        return replace(self, answer=answer, digest=digest, seen=seen)

    def without_question(self) -> "OfficeAnswers":
        """Return these answers once the office signed: nothing is asked any more."""
        return replace(self, answer=None, digest="")

    @classmethod
    def read_answers(cls, path: Path) -> "OfficeAnswers":
        """Return what was kept; nothing where nobody was ever asked."""
        kept = read_kept_json(path, dict, back_from_copy(path.name))
        if kept is None:
            return cls()
        if "answer" not in kept:  # written when the answer alone was kept: it is asked for anew
            return cls(AskApprovalAnswer(**kept))
        answer = AskApprovalAnswer(**kept["answer"]) if kept["answer"] else None
        return cls(answer, kept["digest"], kept["seen"], tuple(kept["over"]))

    def write_answers(self, path: Path) -> None:
        """Write the answers to their file."""
        replace_file(path, as_json(asdict(self)))
