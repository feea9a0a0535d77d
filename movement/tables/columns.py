"""Columns that stand in many tables with one meaning."""

from __future__ import annotations

from movement.tables.contract import text
from movement.tables.words import LandUse, Mode

STATION = text("Count site (tællested)")
MODE = text("How people move", words=Mode)
SCENARIO = text("Link scenario; `before` is today's network")
LAND_USE = text("Homes, schools and jobs of today or as planned", words=LandUse)
ZONE = text("Zone")
LINK = text("Link; parts of a split link end in /1, /2 ...")
SIDE = text("Side of the barrier, a word of the study's areas; empty where none", nullable=True)
NAME_DA = text("Name in Danish")
NAME_EN = text("Name in English")
SOURCE = text("Where it is known from; starts with ASSUME where it is assumed", nullable=True)
