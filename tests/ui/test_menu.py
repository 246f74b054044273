"""The rail shows what its reader may open, and says where one is."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import RequestFactory

from sae.ui.menu import Menu, MenuEntry, MenuSection

pytestmark = pytest.mark.usefixtures("interface_alone")


def request_at(view_name: str, menu: str = "") -> Any:
    request = RequestFactory().get("/")
    view_class = SimpleNamespace(menu=menu)
    request.resolver_match = SimpleNamespace(  # type: ignore[assignment]
        view_name=view_name,
        url_name=view_name.split(":")[-1],
        namespaces=view_name.split(":")[:-1],
        func=SimpleNamespace(view_class=view_class),
    )
    return request


def everyone(request: object, permission: str) -> bool:
    return True


def page(key: str, parent: str, url_name: str = "ui:glossary", **more: Any) -> MenuEntry:
    return MenuEntry(key, key, url_name=url_name, parent=parent, **more)


def test_a_task_without_a_page_is_not_shown() -> None:
    menu = Menu()
    assert menu.items(request_at("x"), may=everyone) == []
    menu.register(page("depots", "deposer"))
    assert [task.key for task in menu.items(request_at("x"), may=everyone)] == ["deposer"]


def test_what_one_may_not_open_is_not_shown() -> None:
    menu = Menu()
    menu.register(page("nouveau", "deposer", permission="deposit.create", order=1))
    menu.register(page("depots", "deposer", "ui:shortcuts", permission="deposit.view", order=2))
    menu.register(page("comptes", "administration", permission=lambda request: False))
    tasks = menu.items(request_at("x"), may=lambda request, permission: "view" in permission)
    assert [task.key for task in tasks] == ["deposer"]
    assert [one.key for one in tasks[0].pages] == ["depots"]
    assert tasks[0].url == "/raccourcis/"


def test_the_place_is_known_by_the_view_the_address_or_the_namespace() -> None:
    menu = Menu()
    menu.register(page("depots", "deposer", matches=("deposit_detail", "depots")))
    menu.register(page("recherche", "rechercher", "ui:shortcuts"))

    def current(request: Any) -> list[str]:
        return [task.key for task in menu.items(request, may=everyone) if task.is_current]

    assert current(request_at("ui:glossary")) == ["deposer"]
    assert current(request_at("deposit_detail")) == ["deposer"]
    assert current(request_at("depots:liste")) == ["deposer"]
    assert current(request_at("autre", menu="recherche")) == ["rechercher"]
    assert current(request_at("autre")) == []


def test_a_view_that_names_its_task_leaves_its_address_to_tell_the_page() -> None:
    menu = Menu()
    menu.register(page("depots", "deposer"))
    menu.register(page("suivi", "deposer", "ui:shortcuts"))

    def current(url_name: str) -> list[str]:
        (task,) = menu.items(request_at(url_name, menu="deposer"), may=everyone)
        assert task.is_current
        return [one.key for one in task.pages if one.is_current]

    assert current("ui:glossary") == ["depots"]
    assert current("autre") == []


def test_badges_of_pages_add_up() -> None:
    menu = Menu()
    menu.register(page("a", "a-faire", badge=lambda request: 12))
    menu.register(page("b", "a-faire", badge=lambda request: 2))
    menu.register(page("c", "a-faire", badge=lambda request: None))
    assert menu.items(request_at("x"), may=everyone)[0].badge == 14


def test_a_task_can_be_given_its_address_once() -> None:
    menu = Menu()
    entry = MenuEntry("a-faire", "À faire", url_name="ui:glossary", order=10)
    menu.register(entry)
    assert menu.items(request_at("x"), may=everyone)[0].icon == "check2-square"


def test_two_entries_under_one_key_and_unknown_parents_are_errors() -> None:
    menu = Menu()
    menu.register(page("depots", "deposer"))
    menu.register(page("depots", "deposer"))
    with pytest.raises(ValueError, match="already"):
        menu.register(page("depots", "rechercher"))
    with pytest.raises(ValueError, match="parent"):
        menu.register(page("x", "inconnu"))


def test_pages_stand_in_the_section_begun_before_them() -> None:
    sections = (MenuSection("administration", 10, "Personnes"), MenuSection("deposer", 1, "Ici"))
    menu = Menu(sections=(*sections, MenuSection("administration", 40, "Organisation")))
    for key, order in (("operateur", 5), ("comptes", 10), ("droits", 39), ("reglages", 40)):
        menu.register(page(key, "administration", order=order))
    (task,) = menu.items(request_at("x"), may=everyone)
    assert [(one.key, one.section) for one in task.pages] == [
        ("operateur", ""),
        ("comptes", "Personnes"),
        ("droits", "Personnes"),
        ("reglages", "Organisation"),
    ]
