"""What demonstration organisations, teams and answers are called and say. Nobody here exists; people are roles."""

from __future__ import annotations

# name, sector, the local title of its lead, its teams
ORGANISATIONS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    (
        "Community Health Trust",
        "Health",
        "Named Nurse",
        (
            "Health Visiting North",
            "Health Visiting South",
            "School Nursing",
            "Community Paediatrics",
            "Looked After Children Nursing",
        ),
    ),
    ("Acute Hospitals Trust", "Health", "Named Doctor", ("Children's Emergency", "Maternity", "Children's Ward")),
    (
        "County Children's Services",
        "Council",
        "Principal Social Worker",
        (
            "Duty and Assessment",
            "Family Support East",
            "Family Support West",
            "Children in Care",
            "Specialist Family Service",
        ),
    ),
    (
        "Police Protecting Vulnerable People",
        "Police",
        "Detective Inspector",
        ("Child Abuse Investigation", "Response East"),
    ),
    ("Primary School, Hill Road", "School", "Designated Safeguarding Lead", ("Primary School, Hill Road",)),
    ("Infant School, Station Road", "School", "Designated Safeguarding Lead", ("Infant School, Station Road",)),
    ("Secondary School, Park Lane", "School", "Designated Safeguarding Lead", ("Secondary School, Park Lane",)),
    ("Early Years Centres", "Early years", "Safeguarding Lead", ("Centre Harbour", "Centre Downs", "Centre Marsh")),
    ("Integrated Care Board", "Health", "Designated Nurse", ("GP Safeguarding Forum", "Primary Care Nursing")),
    ("District Housing", "Housing", "Safeguarding Lead", ("Housing Options", "Neighbourhoods")),
    ("Probation, County Unit", "Probation", "Safeguarding Lead", ("Community Supervision", "Court Team")),
    (
        "Family Support Charity",
        "Voluntary",
        "Designated Safeguarding Officer",
        ("Volunteer Home Visiting", "Fathers' Groups", "Domestic Abuse Outreach"),
    ),
)

SECTORS = (
    "Health",
    "Council",
    "Police",
    "School",
    "School",
    "School",
    "Early years",
    "Housing",
    "Probation",
    "Voluntary",
)

ANSWERS: dict[str, tuple[str, ...]] = {
    "what-is-nai": (
        "Most of us began with fractures and bruising.\nWe want one definition on the team noticeboard.",
        "Any injury that the account does not explain. A bruise on a baby who cannot move is always a reason to ring.",
        "We agreed quickly on the words and less quickly on what we would do on a Friday at five.",
        "New starters were unsure. Two of us will go through the protocol for bruising with them.",
        "We find the grey area hard: no conclusive evidence, and colleagues who differ. Whom would we ring?",
        "Some of us see older children only, so we talked about their younger brothers and sisters.",
    ),
    "what-is-vig": (
        "Three of us had heard of it and one had seen it used. We did not know how a family comes to it.",
        "Nobody could explain it before we read the note. We like that it starts from what goes well.",
        "Our specialist worker is trained in it and offered to show a film with the parents' agreement.",
        "We thought that it was a kind of filming for evidence. It is not, and we are glad that we asked.",
        "We know it and have used it with four families this year.",
        "",
    ),
    "engaging-fathers": (
        "We write to both parents now. We still ring the mother first, out of habit.",
        "Visits are in office hours. Two evening slots a week would let us meet more fathers.",
        "We ask who else matters to the child at the first visit and write the name down.",
        "We are not sure what we may ask when parents live apart. We would like advice on this.",
        "Our forms have a line for the father and it is often empty. We looked at ten: six were.",
        "The fathers' group on Saturday is full. Other agencies could send people to it.",
    ),
}

OTHER_ANSWERS = (
    "We talked about this for most of the time that we had and agreed to come back to it.",
    "Some of us knew it well and some did not. The briefing gave us the same words for it.",
    "It fits what we see. The hard part is time, and knowing whom to ring.",
    "We do this already and will check that new colleagues know about it.",
    "We were not sure how it applies to us and would like an example.",
)

ACTIONS = (
    "Put the definition on the team noticeboard",
    "Add both parents to the first letter",
    "Invite the specialist service to our next meeting",
    "Go through the bruising protocol with new colleagues",
)

QUESTIONS = (
    "Who offers Video Interaction Guidance in our area, and how does a family come to it?",
    "Could there be one number for advice after five o'clock?",
)
