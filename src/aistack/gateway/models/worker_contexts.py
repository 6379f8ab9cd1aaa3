"""How long the contexts of workers' models are. A worker says so once it has loaded a model."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from aistack.gateway.models.table.compiled import Model, ModelTable, Target

HEALTH_SECONDS_MAX = 1.0
PREFIX, SUFFIX = "model.", ".context"


class WorkerContexts:
    """Asks sidecars until it knows all contexts of the models in a table that does not give them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], int] = {}  # by sidecar and model, in tokens

    def completed(self, table: ModelTable) -> ModelTable:
        """The table with the contexts that are known."""
        models = {
            name: model if model.context_length else replace(model, context_length=self._of(model))
            for name, model in table.models.items()
        }
        return replace(table, models=models)

    async def refresh(self, table: ModelTable) -> bool:
        """Asks for the contexts that are missing in the table. Whether more are known."""
        missing = [one for model in table.models.values() if not model.context_length for one in model.targets]
        wanted = {_place(one) for one in missing if one.sidecar} - self._known.keys()
        addresses = sorted({address for address, _ in wanted})
        answers = await asyncio.gather(*(_contexts(address) for address in addresses))
        pairs = zip(addresses, answers, strict=True)
        found = {(address, name): context for address, one in pairs for name, context in one.items()}
        self._known |= {place: context for place, context in found.items() if place in wanted}
        return not wanted.isdisjoint(found)

    def _of(self, model: Model) -> int:
        """The shortest context of a model's targets; 0 if one is not known."""
        return min((self._known.get(_place(one), 0) for one in model.targets), default=0)


def _place(target: Target) -> tuple[str, str]:
    return target.sidecar, target.model


async def _contexts(address: str) -> Mapping[str, int]:
    """The contexts of the models that the workers behind a sidecar have loaded."""
    from aistack.inference.client import InferenceClient, RpcError

    client = InferenceClient(address)
    try:
        health = await client.health(HEALTH_SECONDS_MAX)
    except RpcError:
        return {}
    finally:
        await client.close()
    found: dict[str, int] = {}
    for key, value in health.metrics.items():
        if key.startswith("worker."):  # one of several behind it: `worker.NAME.` and the worker's own key
            key = key.split(".", 2)[2]
        if key.startswith(PREFIX) and key.endswith(SUFFIX) and value.isdecimal():
            name = key.removeprefix(PREFIX).removesuffix(SUFFIX)
            found[name] = min(int(value), found.get(name, int(value)))
    return found
