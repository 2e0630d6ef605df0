"""A shop in FastAPI, to be edited while it serves.

    pip install reloadr fastapi uvicorn
    reloadr run -- uvicorn --app-dir examples/web fastapi_shop:app --reload

Open http://127.0.0.1:8000/docs and keep it open, then edit: a parameter, a field of the model, a dependency, a route
above the last one. The next request and the schema are those of the new code, and the cart stays.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel

cart: list[str] = []


class Item(BaseModel):
    """Try: another field with a default."""

    name: str
    price: float = 3


def page(size: int = 10) -> int:
    """Try: another default."""
    return size


router = APIRouter(tags=["cart"])


@router.get("/")
def index(size: Annotated[int, Depends(page)]) -> list[str]:
    return cart[:size]


@router.post("/")
def add(item: Item) -> Item:
    cart.append(item.name)
    return item


@router.get("/{name}")
def find(name: str) -> bool:
    return name in cart


app = FastAPI()
app.include_router(router, prefix="/cart")
