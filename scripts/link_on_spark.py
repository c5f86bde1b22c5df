"""Link a corpus on Spark: the stages of `harvester link`, spread over executors, by the same functions.

    pip install -e .[spark]
    python scripts/link_on_spark.py CORPUS -o clusters.csv

Profiles are read and surveyed by the driver here; at scale both are stages of their own (a map, and counts by word, title and text).
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from harvester.link.blocks import BLOCK, MOST, POINTED, POINTER, hashed
from harvester.link.cluster import partition
from harvester.link.compare import levels
from harvester.link.packing import pack, unpack
from harvester.link.survey import survey
from harvester.link.vetoes import siblings, vetoes
from harvester.link.weights import load
from harvester.run import aggregated


def link(folder: Path, spark: SparkSession) -> dict[str, str]:
    """Record → the first record of its cluster."""
    units = orjson.loads((folder / "territory.json").read_bytes())
    known = aggregated.read_portals(orjson.loads((folder / "portals.json").read_bytes()), units)
    places = aggregated.read_places(units)
    names, profiles, _ = aggregated.read_profiles(folder / "records.jsonl.gz", known, places)
    portals = {profile.portal.key: profile.portal for profile in profiles}
    counts, weights = survey(profiles), load()
    shared = spark.sparkContext.broadcast(
        (places, counts, weights, portals, [(p.key, pack(p)) for p in profiles])
    )

    def read(index: int) -> Any:
        _, _, _, standing, packed = shared.value
        key, body = packed[index]
        return unpack(body, key, standing)

    def keys(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        everywhere, common, *_ = shared.value
        for batch in batches:
            rows = [
                (index, key, finer, strength)
                for index in batch.column("record").to_pylist()
                for key, finer, strength in hashed(read(index), everywhere, common)
            ]
            yield _batch(("record", "key", "finer", "strength"), rows)

    def compare(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        everywhere, common, model, *_ = shared.value
        for batch in batches:
            rows = []
            for a, b in zip(*(batch.column(n).to_pylist() for n in ("a", "b")), strict=True):
                one, two = read(a), read(b)
                if one.key > two.key:
                    one, two = two, one
                if siblings(one, two) or vetoes(one, two, everywhere):
                    continue
                bits = model.total(levels(one, two, everywhere, common))
                if bits >= model.link:
                    rows.append((a, b, bits))
            yield _batch(("a", "b", "bits"), rows)

    def cluster(edges: pd.DataFrame) -> pd.DataFrame:
        everywhere = shared.value[0]
        records = sorted({*edges.a, *edges.b})
        at = {record: index for index, record in enumerate(records)}
        found = [read(record) for record in records]
        pointed: dict[int, set[int]] = {}
        for a, b, key in zip(edges.a, edges.b, edges.key, strict=True):
            if key:
                pointed.setdefault(key, set()).update((at[a], at[b]))
        parted = partition(
            len(records),
            [sorted(block) for block in pointed.values()],
            [
                (bits, at[a], at[b])
                for a, b, bits, key in zip(edges.a, edges.b, edges.bits, edges.key, strict=True)
                if not key
            ],
            lambda a, b: vetoes(found[a], found[b], everywhere),
            [profile.key for profile in found],
            siblings=lambda a, b: siblings(found[a], found[b]),
        )
        return pd.DataFrame({"record": records, "first": [records[g] for g in parted.group]})

    records = spark.range(len(profiles)).withColumnRenamed("id", "record")
    keyed = records.mapInArrow(keys, "record long, key long, finer long, strength int").cache()
    pointers = keyed.where(f.col("strength") == POINTER).select("record", "key")
    tied = _pairs(pointers, POINTED).select("a", "b", f.lit(0.0).alias("bits"), "key")
    blocks = keyed.where(f.col("strength") == BLOCK).select("record", "key", "finer")
    common = blocks.groupBy("key").count().where(f.col("count") > MOST).select("key")
    finer = (
        blocks.join(common, "key")
        .where(f.col("finer") != 0)
        .select("record", f.col("finer").alias("key"))
    )
    coarse = blocks.join(common, "key", "left_anti").select("record", "key")
    pairs = _pairs(coarse.union(finer), MOST).select("a", "b").distinct()
    pairs = pairs.join(tied.select("a", "b").distinct(), ["a", "b"], "left_anti")
    links = pairs.mapInArrow(compare, "a long, b long, bits double")
    edges = tied.union(links.withColumn("key", f.lit(0).cast("long"))).cache()
    component = spark.createDataFrame(_components(edges), "a long, component long")
    grouped = edges.join(component, "a").groupBy("component")
    clusters = grouped.applyInPandas(cluster, "record long, first long").collect()
    first = {row.record: row.first for row in clusters}
    return {name: names[first.get(index, index)] for index, name in enumerate(names)}


def _pairs(keyed: DataFrame, most: int) -> DataFrame:
    """Those who share a key that few enough have."""
    few = keyed.groupBy("key").count().where(f.col("count").between(2, most)).select("key")
    mine = keyed.join(few, "key")
    theirs = mine.select("key", f.col("record").alias("b"))
    return mine.withColumnRenamed("record", "a").join(theirs, "key").where(f.col("a") < f.col("b"))


def _components(edges: DataFrame) -> list[tuple[int, int]]:
    """(record, its component): by the driver, who holds two numbers an edge."""
    parent: dict[int, int] = {}

    def top(record: int) -> int:
        while parent.setdefault(record, record) != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    for a, b in edges.select("a", "b").distinct().collect():
        one, two = top(a), top(b)
        if one != two:
            parent[max(one, two)] = min(one, two)
    return [(record, top(record)) for record in parent]


def _batch(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    types = {"bits": pa.float64(), "strength": pa.int32()}
    return pa.RecordBatch.from_arrays(
        [
            pa.array([row[at] for row in rows], types.get(name, pa.int64()))
            for at, name in enumerate(columns)
        ],
        names=list(columns),
    )


def main() -> None:
    """Write `rid,cluster_id`."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("corpus", type=Path)
    arguments.add_argument("-o", "--output", type=Path, required=True)
    given = arguments.parse_args()
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.shuffle.partitions", 8)
        .getOrCreate()
    )
    found = link(given.corpus, spark)
    spark.stop()
    with given.output.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(("rid", "cluster_id"))
        rows.writerows(found.items())


if __name__ == "__main__":
    main()
