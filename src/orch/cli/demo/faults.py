"""The demo's faults: for each the broken code, what mends it, what only seems to, and a test."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of one module.

    `broken`, `fixed` and `wrong` are the same line or lines of the module: as they are, as they
    should be, and as an agent has them that did not think it through. `test` is a test method.
    """

    module: str
    title: str
    prompt: str
    source: str
    broken: str
    fixed: str
    wrong: str
    test: str

    @property
    def code(self) -> str:
        """Return the module as the repository has it at first."""
        return self.source.replace("@@", self.broken)

    @property
    def test_code(self) -> str:
        """Return the module's tests: the one that shows the fault is marked as known to fail."""
        return _TEST.format(
            module=self.module, name=self.module.title(), body=self.test, marker=KNOWN
        )


KNOWN = "    @unittest.expectedFailure  # known fault\n"
"""Whoever mends the fault takes this line away; the gate fails if it stays."""

_TEST = '''"""Tests of shop.{module}."""

import unittest

from shop import {module}


class {name}Test(unittest.TestCase):
{marker}{body}

if __name__ == "__main__":
    unittest.main()
'''

FAULTS = (
    Fault(
        module="pricing",
        title="Round prices half up",
        prompt="shop.pricing.discounted rounds 2.125 to 2.12; a shop rounds half up, to 2.13.",
        source='"""Prices."""\n\nfrom decimal import ROUND_HALF_UP, Decimal\n\n'
        'CENT = Decimal("0.01")\n\n\ndef discounted(price: Decimal, percent: int) -> Decimal:\n'
        '    """Take a percentage off, to the cent."""\n'
        "    exact = price * (100 - percent) / 100\n    return @@\n",
        broken="exact.quantize(CENT)",
        fixed="exact.quantize(CENT, ROUND_HALF_UP)",
        wrong="round(exact, 2)",
        test="    def test_half_a_cent_goes_up(self):\n"
        '        price = pricing.Decimal("4.25")\n'
        '        self.assertEqual(str(pricing.discounted(price, 50)), "2.13")\n',
    ),
    Fault(
        module="stock",
        title="Refuse to reserve more than there is",
        prompt="shop.stock.reserve takes more than is in stock; it must raise ValueError and "
        "leave the stock as it is.",
        source='"""Stock."""\n\n\ndef reserve(stock: dict, item: str, count: int) -> None:\n'
        '    """Take items out of stock."""\n    @@\n    stock[item] -= count\n',
        broken="# Nobody orders more than we have.",
        fixed="if stock.get(item, 0) < count:\n        raise ValueError(item)",
        wrong="if item not in stock:\n        raise ValueError(item)",
        test="    def test_more_than_there_is_is_refused(self):\n"
        '        shelf = {"apple": 1}\n'
        "        with self.assertRaises(ValueError):\n"
        '            stock.reserve(shelf, "apple", 2)\n'
        '        self.assertEqual(shelf, {"apple": 1})\n',
    ),
    Fault(
        module="report",
        title="Show the best sellers first",
        prompt="shop.report.best lists the worst sellers; it must list the best, ties by name.",
        source='"""Reports."""\n\n\ndef best(sold: dict[str, int], count: int) -> list[str]:\n'
        '    """Name the best sellers."""\n    return @@\n',
        broken="sorted(sold, key=sold.get)[:count]",
        fixed="sorted(sold, key=lambda item: (-sold[item], item))[:count]",
        wrong="sorted(sold, key=sold.get, reverse=True)[:count]",
        test="    def test_best_come_first_and_ties_by_name(self):\n"
        '        sold = {"pear": 2, "fig": 9, "apple": 2}\n'
        '        self.assertEqual(report.best(sold, 2), ["fig", "apple"])\n',
    ),
    Fault(
        module="orders",
        title="Read orders with blank lines",
        prompt="shop.orders.read fails on blank lines and on spaces around the comma.",
        source='"""Orders."""\n\n\ndef read(text: str) -> list[tuple[str, int]]:\n'
        '    """Read lines of `item,count`."""\n    orders = []\n'
        "    for line in text.splitlines():\n        @@\n    return orders\n",
        broken='item, count = line.split(",")\n        orders.append((item, int(count)))',
        fixed='if line.strip():\n            item, count = line.split(",")\n'
        "            orders.append((item.strip(), int(count)))",
        wrong='if line:\n            item, count = line.split(",")\n'
        "            orders.append((item, int(count)))",
        test="    def test_blank_lines_and_spaces(self):\n"
        '        self.assertEqual(orders.read(" fig , 2\\n\\n  \\npear,1"), '
        '[("fig", 2), ("pear", 1)])\n',
    ),
    Fault(
        module="postage",
        title="Charge postage by started kilogram",
        prompt="shop.postage.cost charges 1.2 kg as 1 kg; a started kilogram costs a whole one.",
        source='"""Postage."""\n\nimport math\n\n\ndef cost(kilograms: float) -> int:\n'
        '    """Charge 3 for each started kilogram, 3 at least."""\n    return 3 * @@\n',
        broken="max(1, math.floor(kilograms))",
        fixed="max(1, math.ceil(kilograms))",
        wrong="max(1, round(kilograms))",
        test="    def test_started_kilograms_count(self):\n"
        "        self.assertEqual([postage.cost(kg) for kg in (0.2, 1.2, 2)], [3, 6, 6])\n",
    ),
    Fault(
        module="dates",
        title="Deliver on working days only",
        prompt="shop.dates.delivery names Saturdays and Sundays; it must go on to Monday.",
        source='"""Dates."""\n\nfrom datetime import date, timedelta\n\n\n'
        'def delivery(ordered: date) -> date:\n    """Name the next working day."""\n'
        "    day = ordered + timedelta(days=1)\n    @@\n    return day\n",
        broken="# We deliver every day.",
        fixed="while day.weekday() >= 5:\n        day += timedelta(days=1)",
        wrong="if day.weekday() >= 5:\n        day += timedelta(days=1)",
        test="    def test_friday_leads_to_monday(self):\n"
        "        friday = dates.date(2024, 3, 1)\n"
        "        self.assertEqual(dates.delivery(friday), dates.date(2024, 3, 4))\n",
    ),
)
