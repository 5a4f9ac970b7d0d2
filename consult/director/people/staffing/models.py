"""The table of what was decided about staffing the regie."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded


class StaffingModel(Worded):
    """How the competences are spread over people."""

    INTEGRAL = "integral", N_("integral: everybody can do everything")
    DIFFERENTIATED = "differentiated", N_("differentiated: each on their strong points")
    COMBINED = "combined", N_("combined: a base for all, and specialists")


class StaffingDecision(Base):
    """A model was chosen, with its rule and the figures of that moment, and why; it touches no assessment.

    `figures` are counts without names, and empty where fewer than five people had agreed to levels.
    """

    __tablename__ = "staffing_decision"

    id: Mapped[uuid.UUID] = id_column()
    model: Mapped[StaffingModel] = mapped_column(words_of(StaffingModel))
    rule: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(Text)
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime] = mapped_column(index=True)
