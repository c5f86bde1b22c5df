"""What pyproject.toml cannot say: `mappings/` at the root is the package folder `harvester/mappings`."""

from setuptools import find_namespace_packages, setup

setup(
    packages=[
        *find_namespace_packages(include=["harvester", "harvester.*"]),
        "harvester.mappings",
        "harvester.mappings.slices",
        "harvester.mappings.vocabularies",
    ],
    package_dir={
        "harvester.mappings": "mappings",
        "harvester.mappings.slices": "mappings/slices",
        "harvester.mappings.vocabularies": "mappings/vocabularies",
    },
)
