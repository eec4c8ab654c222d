"""Documents: what lays them out, and the page that all of them share."""

from shared.documents.compiler import (
    NotLaidOut,
    compiler_lock,
    forget_laid_out,
    lay_out_pdf,
)
