"""A model that is edited with what a type of its fields is made of has the new one, in whichever module that stands.

Name = Annotated[str, Field(max_length=LIMIT)]         # `LIMIT` is edited
class User(BaseModel):                                 # gets a field in the same save
    name: Name
"""

import pytest
from harness import Project
from probing import WAYS, Files, probed

pytest.importorskip("pydantic")

HEAD = "from typing import Annotated\nfrom pydantic import BaseModel, Field\n"
NAME = "Name = Annotated[str, Field(max_length=LIMIT)]\n"
USER = "class User(BaseModel):\n    name: Name\n    tags: list[str] = {0}\n{1}"
ADMIN = "class Admin(User):\n    role: str = {0!r}\n"
LOOK = "[each.model_json_schema() for each in (m.User, m.Admin)]"


def _files(limit: int, tags: str, more: str, role: str, *, split: bool) -> Files:
    rest = USER.format(tags, more) + ADMIN.format(role)
    files = {"limits.py": f"LIMIT = {limit}\n"}
    if split:
        files["kinds.py"] = HEAD + "from limits import LIMIT\n" + NAME
        return {**files, "m.py": HEAD + "from kinds import Name\n" + rest}
    return {**files, "m.py": HEAD + "from limits import LIMIT\n" + NAME + rest}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("split", [False, True], ids=["one module", "two"])
@pytest.mark.parametrize(
    "edit", [("['x']", "    age: int = 3\n", "a"), ("[]", "", "b"), ("[]", "    age: int = 3\n", "b")]
)
def test_it_is_made_of_the_new_one(project: Project, edit: tuple[str, str, str], split: bool, way: str) -> None:
    before, after = _files(10, "[]", "", "a", split=split), _files(20, *edit, split=split)
    done = probed(project, before, after, LOOK, way=way)
    assert done.right and not done.said, done
