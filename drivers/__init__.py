"""Bytes in motion: links to devices (`drivers.link`), meters (`drivers.meter`), short messages (`drivers.sms`).

No money, no customers, no database. Everything that waits does so on the clock it is given.
"""
