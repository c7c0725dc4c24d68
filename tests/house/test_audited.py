"""Who may change something without an audit event: a closed list, each with its reason."""

from tests.house.tree import ROOT

# file: why nothing is owed to the log
UNAUDITED = {
    "idp/flows/sessions.py": "a sign of life",
    "idp/flows/authenticate_client.py": "a used jti",
    "idp/flows/courier.py": "leases and marks of deliveries",
    "idp/flows/find_people.py": "statistics of how frequent words are",
    "idp/flows/register_check.py": "leases and marks of tries; the question and its answer are recorded",
    "idp/flows/security_events.py": "what a service fetched: marks of deliveries",
    "idp/storage/pruning.py": "what has expired",
    "idp/storage/rewrapping.py": "the same data under another key; the act itself is recorded by its flow",
}


def test_only_operational_marks_are_written_without_an_event() -> None:
    users = {
        str(file.relative_to(ROOT))
        for file in (ROOT / "idp").rglob("*.py")
        if ".unaudited_tx()" in file.read_text(encoding="utf-8")
    }
    assert users == set(UNAUDITED)
