"""The model API as a service of the snapshot: its paths, its limits, and its one instance in each data plane."""

from aistack.gateway.registry.snapshot import Claim, InstanceSpec, ServiceSpec
from aistack.gateway.settings import GatewaySettings
from aistack.stack.catalogue import MODEL_PREFIXES, MODELS

INSTANCE = "data-plane"


def model_service(settings: GatewaySettings) -> ServiceSpec:
    return ServiceSpec(
        MODELS,
        settings.model_calls_max,
        "least_connections",
        tuple(Claim(prefix, settings.model_body_bytes_max) for prefix in MODEL_PREFIXES),
        (InstanceSpec(INSTANCE, "", 0, fallible=False),),
        streams_max=settings.model_calls_max,
    )
