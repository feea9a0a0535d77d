"""Networks, land use and flows in; what cuts people off, where both sides meet, and pupils' ways to school, out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from movement.comparison import severance
from movement.tables import Fault, InputFaults, Within
from movement.tables.severance import SchoolClasses
from pipelines import cut_off, meetings, modelled, named_places, pupils, stage

_MOST = 100_000


@dataclass(frozen=True)
class Params:
    """Limits, what is looked for by name, the study, and the rates of demand and limits of reach it shares."""

    free_crossing_m: float
    detour_class_m: float
    detour_furthest_m: float
    slight_min: float
    moderate_min: float
    severe_min: float
    places: list[str]
    near_m: float
    schools: list[str]
    limits_m: dict[str, float]
    main_road_per_day: float
    study: dict[str, str]
    estimate_demand: dict[str, Any]
    compare_modelled: dict[str, Any]

    def __post_init__(self) -> None:
        faults = [*self._out_of_range(), *self._classes()]
        if faults:
            raise InputFaults(faults)

    def _out_of_range(self) -> list[Fault]:
        most = {"slight_min": self.moderate_min, "moderate_min": self.severe_min, "severe_min": 1440.0}
        most |= {"detour_class_m": self.detour_furthest_m}
        names = ("free_crossing_m", "detour_furthest_m", "near_m", "main_road_per_day", *most)
        values = {name: getattr(self, name) for name in names}
        return [
            Fault(
                "rate_out_of_range",
                str(stage.PARAMS_FILE),
                value=f"{value}",
                detail={"name": name, "least": "0.01", "most": f"{most.get(name, _MOST):g}"},
            )
            for name, value in values.items()
            if not 0.01 <= value <= most.get(name, _MOST)
        ]

    def _classes(self) -> list[Fault]:
        words = [str(word) for word in SchoolClasses]
        detail = {"column": "limits_m", "allowed": ", ".join(words)}
        odd = sorted(set(self.limits_m) - set(words))
        faults = [Fault("unknown_word", str(stage.PARAMS_FILE), value=str(name), detail=detail) for name in odd]
        return faults + [
            Fault("share_missing", str(stage.PARAMS_FILE), value=word, detail={"name": "limits_m"})
            for word in words
            if word not in self.limits_m
        ]

    @property
    def cut_off(self) -> cut_off.Asked:
        """What is asked of barriers and screenlines."""
        given = self.compare_modelled
        levels = (self.slight_min, self.moderate_min, self.severe_min)
        limits = severance.Limits(float(given["reach_min"]), self.detour_class_m, self.detour_furthest_m, levels)
        within = {Within.MINUTES: given["reach_minutes"], Within.METRES: given["reach_metres"]}
        return cut_off.Asked(float(self.free_crossing_m), limits, within, self.schools, self.places)

    @property
    def pupils(self) -> pupils.Asked:
        """What is asked of ways to school."""
        return pupils.Asked(self.schools, self.limits_m, float(self.main_road_per_day))


def run(params: Params) -> None:
    """Read once, measure all three, write."""
    around = modelled.read_study(params.study)
    inputs, rates = modelled.read_inputs(around), modelled.Rates(**params.estimate_demand)
    params = replace(
        params,
        places=named_places.known(inputs.attractions, "places", params.places),
        schools=named_places.known(inputs.attractions, "schools", params.schools),
    )
    cut_off.write(inputs, rates, around, params.cut_off)
    meetings.write(inputs, rates, around, near_m=float(params.near_m), study=params.study)
    pupils.write(inputs, rates, params.pupils)


if __name__ == "__main__":
    stage.main("compare_severance", run, Params)
