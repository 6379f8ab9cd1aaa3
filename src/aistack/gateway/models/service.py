"""The model API as a service of the snapshot: its paths, its limits, and its one instance in each data plane."""

from collections.abc import Iterable

from aistack.gateway.registry.snapshot import Claim, InstanceSpec, ServiceSpec
from aistack.gateway.settings import GatewaySettings
from aistack.stack.catalogue import MODEL_PREFIXES, MODELS

INSTANCE = "data-plane"
ROOT = "/v1"  # what nothing else answers there gets an error that the clients of models can read


def model_service(settings: GatewaySettings, others: Iterable[ServiceSpec] = ()) -> ServiceSpec:
    """`others` are the services beside it; one of them may have the root for itself."""
    is_taken = any(claim.prefix.rstrip("/") == ROOT for other in others for claim in other.claims)
    prefixes = MODEL_PREFIXES if is_taken else (*MODEL_PREFIXES, ROOT)
    return ServiceSpec(
        MODELS,
        settings.model_calls_max,
        "least_connections",
        tuple(Claim(prefix, settings.model_body_bytes_max) for prefix in prefixes),
        (InstanceSpec(INSTANCE, "", 0, fallible=False),),
        streams_max=settings.model_calls_max,
    )
