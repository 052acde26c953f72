"""What people decided about findings beside the findings themselves."""

from __future__ import annotations

from sqlalchemy import func
from sqlalchemy.orm import Mapped

from settlement_platform.contracts.scalars import Base, Instant, Name
from settlement_platform.contracts.v2 import RULES, one_of, v2_owned


class AnomalyMute(Base):
    """One rule that nobody wants to hear of about one subject, for a while."""

    __tablename__ = "sp_v2_anomaly_mutes"
    __table_args__ = (one_of("rule", RULES),)

    rule: Mapped[Name] = v2_owned("the rule", primary_key=True)
    subject: Mapped[Name] = v2_owned("what it is not to be told of", primary_key=True)
    muted_until: Mapped[Instant] = v2_owned("findings count again from here on")
    muted_by: Mapped[Name] = v2_owned("who muted it")
    why: Mapped[Name] = v2_owned("why")
    muted_at: Mapped[Instant] = v2_owned("when", server_default=func.clock_timestamp())
