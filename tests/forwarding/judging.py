"""What must be so of every letter that says what waits, whatever its kind, by what has happened when it goes out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from app.circulation.models import Asked, Circulation
from app.circulation.steps import CATCH_UP
from app.clock import LONDON, Days, is_working_day, london, today, working_day_from, working_days_after
from app.discussions.models import Minutes
from app.organisations.models import Appointment, Partnership
from app.organisations.schools import closed, is_school
from app.policy import Role
from tests.discussions.test_reminding_for_a_year import judged as judged_to_answer
from tests.discussions.year import asker_of, is_away
from tests.forwarding.everybody import READS, REMINDED, Doings, Everybody
from tests.forwarding.sending import Sent

LINES, SETS = ("to_answer", "reminder"), ("reminder", "weekly", "handover", "minutes")
SAY_WHAT_WAITS = ("to_answer", "reminder", "weekly", "handover")


class Judge:
    """Judges each letter when it goes out, beside those that went before."""

    def __init__(self, place: Everybody, year: Doings) -> None:
        self.place, self.year = place, year
        self.had: dict[tuple[str, date], str] = {}
        self.weeks: set[tuple[str, tuple[int, int]]] = set()
        self.said: set[tuple[str, str, date]] = set()

    def judge(self, one: Sent) -> None:
        day, kind = today(one.at), one.kind
        lines = self.place.asked_in(one.letter.tells_of)
        sets = [self.year.sets[ref] for ref in one.letter.tells_of or (one.about,) if ref in self.year.sets]
        assert lines or sets, "about nothing"
        assert kind in LINES or not lines
        assert kind in SETS or not sets
        if kind in SAY_WHAT_WAITS:
            self._one_a_day(one, day)
        if kind in LINES:
            judged_to_answer(self.place, self.year, one)
            for asked in lines:
                self._line(one, asked, day)
        for minutes in sets:
            self._set(one, minutes, day)

    def _one_a_day(self, one: Sent, day: date) -> None:
        """One a day; only what is handed over waits for nothing, and nothing follows it on that day."""
        before = self.had.get((one.person, day))
        assert before is None or one.kind == "handover", f"a {one.kind} letter on the day of a {before} letter"
        self.had[one.person, day] = one.kind
        if one.kind == "weekly":
            assert is_working_day(day) and 8 <= london(one.at).hour < 18, "at night, or on a day off"
            week = (one.person, day.isocalendar()[:2])
            assert week not in self.weeks, "two in a week"
            self.weeks.add(week)

    def _line(self, one: Sent, asked: Asked, day: date) -> None:
        """A step of the date that was set last has come, is not long ago, and was not said to this person before."""
        circulation, asker = self.place.session.get_one(Circulation, asked.circulation_id), asker_of(self.place, asked)
        away, set_on = self.closed(asker, asked.sector), today(circulation.dates[-1].set_at)
        days = [working_day_from(circulation.dates[-1].on, number, away) for number in asker.answer_reminder_days]
        come = [on for on in days if set_on < on <= day]
        assert come, "before it was due"
        assert day <= working_days_after(come[-1], CATCH_UP, away), "too late"
        step = (one.person, asked.ref, come[-1])
        assert step not in self.said, "twice for one step"
        self.said.add(step)

    def _set(self, one: Sent, minutes: Minutes, day: date) -> None:
        year, person = self.year, one.person
        assert minutes.ref not in year.has, "after somebody had them"
        assert minutes.ref not in year.corrected, "after a correction"
        held = [held for held in self.beside(minutes, day) if held.person.ref == person]
        assert held, "to somebody who has nothing to do with it"
        if one.kind in ("reminder", "weekly"):
            assert minutes.ref not in year.asked_back, "while they wait for the team"
        if one.kind == "weekly":
            assert any(year.weekly.get(h.id) for h in held if h.role in READS), "to who did not choose it"
        if one.kind == "reminder":
            assert minutes.ref not in year.shared, "after they were shared"
            assert any(self.comes(minutes, h, day) for h in held), "before it was due, or too late"

    def beside(self, minutes: Minutes, day: date) -> list[Appointment]:
        """Who has to do with minutes on a day: leads, deputies and administrators, but not their recorder."""
        teams = {cover.asked.team_id for cover in minutes.covers}
        found = self.place.holding(self.year.organisation(minutes), day, *REMINDED)
        return [
            one
            for one in found
            if one.person_id != minutes.recorded_by_id and (not one.teams or {n.team_id for n in one.teams} & teams)
        ]

    def comes(self, minutes: Minutes, held: Appointment, day: date) -> bool:
        """Whether a step has come by which the holder of an appointment is reminded of minutes, and is not long ago."""
        asked = min((cover.asked for cover in minutes.covers), key=lambda one: one.id)
        asker = asker_of(self.place, asked)
        away = self.closed(asker, asked.sector)
        since = today(self.since(minutes, day))
        due = [working_days_after(since, asker.reminder_days[step], away) for step in self.steps(minutes, held, day)]
        in_time = [on for on in due if on <= day <= working_days_after(on, CATCH_UP, away)]
        return bool(in_time) and is_working_day(day, away)

    def steps(self, minutes: Minutes, held: Appointment, day: date) -> Iterator[int]:
        """By which steps the holder is reminded: the first as a reader, who has not chosen one letter a week."""
        if held.role in READS and not self.year.weekly.get(held.id) and self.reads(minutes, held, day):
            yield 0
        if held.role in REMINDED[1:]:
            yield REMINDED.index(held.role)

    def reads(self, minutes: Minutes, held: Appointment, day: date) -> bool:
        """A deputy reads for a team whose leads are all away, or that has none."""
        if held.role is Role.LEAD:
            return True
        leads = [one for one in self.beside(minutes, day) if one.role is Role.LEAD]
        there = [one for one in leads if not is_away(self.place.session, one.person, day)]
        teams = [cover.asked.team_id for cover in minutes.covers]
        return any(not any(not one.teams or team in {n.team_id for n in one.teams} for one in there) for team in teams)

    def since(self, minutes: Minutes, day: date) -> datetime:
        """From when the days are counted: the sending, the answer to a question, or the coming of the first lead."""
        beside = self.beside(minutes, day)
        leads = [one for one in beside if one.role is Role.LEAD] or [one for one in beside if one.role is Role.DEPUTY]
        came = min((one.counts_from for one in leads), default=minutes.sent_at)
        return max(minutes.sent_at, self.year.answered_back.get(minutes.ref, minutes.sent_at), came)

    @staticmethod
    def closed(asker: Partnership, sector: str) -> tuple[Days, ...]:
        return closed(asker.school_holidays) if is_school(sector) else ()


def at_london(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a day as a clock in London shows it."""
    return datetime.combine(day, time(hour, minute), LONDON)


def days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
