"""The plan of the demonstration data, before anything is written."""

from dataclasses import replace

from local.demo import PlannedTenant, Size, plan, steps_of
from local.demo.steps import items_of


def test_an_id_is_a_prefix_of_anothers() -> None:
    first, second, third = (tenant.id for tenant in plan())
    assert second.startswith(first)
    assert not third.startswith(first)


def test_it_is_the_same_each_time() -> None:
    assert plan(Size.MEDIUM) == plan(Size.MEDIUM)


def test_a_larger_size_only_adds() -> None:
    for small, medium in zip(plan(Size.SMALL), plan(Size.MEDIUM), strict=True):
        assert medium.people[: len(small.people)] == small.people
        assert medium.invoices[: len(small.invoices)] == small.invoices
        assert len(medium.people) > len(small.people)
        assert len(medium.invoices) > len(small.invoices)


def test_tenants_share_nothing() -> None:
    def random_parts(tenant: PlannedTenant) -> set[int]:
        return {item.randomness for item in (*tenant.people, *tenant.invoices)}

    first, second, third = map(random_parts, plan())
    assert not first & second
    assert not second & third
    assert not first & third


def test_names_are_unique_in_a_tenant_and_every_role_is_there() -> None:
    for tenant in plan(Size.LARGE):
        assert len({person.username for person in tenant.people}) == len(tenant.people)
        assert len({person.email for person in tenant.people}) == len(tenant.people)
        assert {person.role for person in tenant.people} == {"admin", "staff", "seller", "customer"}


def test_invoices_are_of_customers() -> None:
    for tenant in plan():
        assert {tenant.people[each.customer].role for each in tenant.invoices} == {"customer"}


def test_steps_cover_everything_in_order() -> None:
    (tenant, *_) = plan(Size.MEDIUM)
    steps = list(steps_of(tenant, "a-table"))
    kinds = [step["do"] for step in steps]
    assert kinds == sorted(kinds, key=["tenant", "people", "invoices"].index)
    assert steps[0]["table"] == "a-table"
    written = sum(len(step.get("items", ["the tenant"])) for step in steps)
    assert written == items_of(tenant) == 1 + len(tenant.people) + len(tenant.invoices)


def test_a_tenant_without_data_is_one_step() -> None:
    (tenant, *_) = plan()
    assert len(list(steps_of(replace(tenant, people=(), invoices=()), "a-table"))) == 1
