"""What people work with: datasets, jobs, models, generations. A module each: its routes, no more."""

from __future__ import annotations

from fastapi import APIRouter

from lookalike.service.nouns import (
    columns,
    datasets,
    engine,
    gateway,
    generations,
    jobs,
    models,
    operations,
    passes,
    providers,
    publications,
    record_failures,
    record_jobs,
    record_rehearsals,
    records,
    tasks,
)

ROUTERS: tuple[APIRouter, ...] = (
    datasets.router,
    jobs.router,
    generations.asking,
    models.router,
    generations.router,
    engine.router,
    operations.router,
    columns.router,
    tasks.router,
    passes.router,
    record_jobs.router,
    record_failures.router,
    record_rehearsals.router,
    records.router,
    providers.router,
    publications.router,
    gateway.router,
)
