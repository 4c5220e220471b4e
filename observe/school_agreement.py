"""What a placement school has agreed to before anybody observes a lesson there."""

from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy import ForeignKey, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from infra.database import Identified, ProviderOwned, Record
from infra.session import Session
from observe.access import allow

# The lawful basis on which pupils are filmed or watched (UK GDPR, Article 6); often not consent.
Basis = Literal["public_task", "legitimate_interests", "contract", "consent"]


class SchoolAgreement(ProviderOwned, Identified, Record):
    """A school's agreement to observations at one placement."""

    __tablename__ = "school_agreement"

    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id"), unique=True)
    basis: Mapped[Basis] = mapped_column(Text)
    may_record: Mapped[bool]
    agreed_on: Mapped[date]
    agreed_by: Mapped[str]  # who signed for the school
    not_to_be_filmed: Mapped[str] = mapped_column(default="")  # how to keep certain pupils out of the picture


async def agree(
    session: Session,
    *,
    placement_id: UUID,
    basis: Basis,
    may_record: bool,
    agreed_on: date,
    agreed_by: str,
    not_to_be_filmed: str = "",
) -> SchoolAgreement:
    """Write down, or replace, what the school of a placement has agreed to."""
    from observe.programme import Placement  # which holds its agreement

    allow(session, "programme.manage")
    placement = await session.get(Placement, placement_id)
    agreement = await session.first(
        select(SchoolAgreement).where(SchoolAgreement.placement_id == placement_id)
    )
    if agreement is None:
        agreement = session.add(
            SchoolAgreement(
                placement_id=placement.id,
                basis=basis,
                may_record=may_record,
                agreed_on=agreed_on,
                agreed_by=agreed_by,
                not_to_be_filmed=not_to_be_filmed,
            )
        )
    else:
        agreement.basis, agreement.may_record = basis, may_record
        agreement.agreed_on, agreement.agreed_by = agreed_on, agreed_by
        agreement.not_to_be_filmed = not_to_be_filmed
    await session.flush()
    session.journal("school_agreement.made", agreement, basis=basis, may_record=may_record)
    return agreement
