"""Names and telephone numbers of people who do not exist."""

from collections.abc import Callable, Mapping
from functools import partial

from simulators.meter import Household
from simulators.seeded import below, pick

__all__ = ["TRADE_NAMES", "customer_name", "phone"]

SURNAMES = tuple("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕")
GIVEN = tuple("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红梅建国秀珍海燕志强春林")
PLACES = ("东", "西", "南", "北", "新", "河东", "河西", "桥头", "柳树", "清河")
TRADES = ("便利店", "理发店", "早餐店", "五金店", "水果店", "药房", "饭馆", "服装店", "修车铺", "文具店")


def customer_name(seed: int, account: str) -> str:
    """Give a customer a name of two or three characters."""
    surname = pick(SURNAMES, seed, "surname", account)
    first = pick(GIVEN, seed, "given", account)
    second = pick((*GIVEN, ""), seed, "second", account)
    return surname + first + second


def _shop_name(seed: int, account: str) -> str:
    """Give a shop a name after its keeper and trade."""
    return pick(SURNAMES, seed, "surname", account) + "记" + pick(TRADES, seed, "trade", account)


def phone(seed: int, number: int) -> str:
    """Give the ``number``-th mobile number of the village: 11 digits, all different."""
    return f"138{below(100, seed, 'phones'):02d}{(number * 7919 + 1009) % 1_000_000:06d}"


def _public_name(kind: str, seed: int, account: str) -> str:
    """Give something that belongs to the village its place and kind."""
    return pick(PLACES, seed, "place", account) + kind


TRADE_NAMES: Mapping[Household, Callable[[int, str], str]] = {
    Household.SHOP: _shop_name,
    Household.SCHOOL: partial(_public_name, "小学"),
    Household.WORKSHOP: partial(_public_name, "加工厂"),
    Household.PUMP: partial(_public_name, "排灌站"),
    Household.LAMP: partial(_public_name, "路灯"),
}
"""Names of customers that are no homes, by seed and account."""
