"""Kubernetes manifests for Kustomize. A stack comes in; a base, a monitoring component and an overlay go out.

`metadata` gives names and labels, `pods` the pods, `kustomize` the base, `production_overlay` what production changes.
Uses `containers` and `serialization` of `rendering`.
"""
