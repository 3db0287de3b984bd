"""Records by the many (批量数据): tables as columns that a database takes in one statement."""

from protocols.dlt698.records.building import table_of
from protocols.dlt698.records.bulk import BulkAnswer, BulkReader, BulkRecord, has_records, read_bulk
from protocols.dlt698.records.stored import STORES, Store, stored
from protocols.dlt698.records.table import UNASSIGNED, Column, Table

__all__ = [
    "STORES",
    "UNASSIGNED",
    "BulkAnswer",
    "BulkReader",
    "BulkRecord",
    "Column",
    "Store",
    "Table",
    "has_records",
    "read_bulk",
    "stored",
    "table_of",
]
