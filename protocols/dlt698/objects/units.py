"""Units of Scaler_Unit (换算-单位) by code; others are reserved or none."""

UNITS = {
    **dict(enumerate(["a", "month", "week", "day", "h", "min", "s", "degree", "degC", "yuan", "m", "m/s"], 1)),
    **dict(enumerate(["m3", "m3", "m3/h", "m3/h", "m3/d", "m3/d", "l", "kg", "N", "Nm", "Pa", "bar", "J"], 13)),
    **dict(enumerate(["J/h", "W", "kW", "VA", "kVA", "var", "kvar", "kWh", "kVAh", "kvarh", "A", "C", "V"], 26)),
    **dict(enumerate(["V/m", "F", "ohm", "ohm m2/m", "Wb", "T", "A/m", "H", "Hz", "imp/kWh", "imp/kvarh"], 39)),
    **dict(enumerate(["imp/kVAh", "%", "byte", "dBm", "yuan/kWh", "Ah", "ms"], 50)),
}
