"""Ages that services may ask for instead of a birthday (domain: `qn:age`)."""

from datetime import date
from typing import Final

# Domain §4: minority depends on the purpose; these are the ages that services ask about.
AGES: Final = (14, 16, 18, 60)


def is_over(birthdate: str, age: int, today: date) -> bool | None:
    """Whether somebody has reached `age`. OpenID Connect Core §5.1: `YYYY-MM-DD` or `YYYY`; None: nobody can say.

    Whoever was born on 29 February reaches an age on 1 March in a year without that day.
    """
    try:
        if len(birthdate) == 4:
            years = today.year - int(birthdate)
            # In the very year of that age it depends on a day that nobody wrote down.
            return None if years == age else years > age
        born = date.fromisoformat(birthdate)
    except ValueError:
        return None
    if born > today:
        return None
    reached = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return reached >= age
