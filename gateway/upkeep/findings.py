"""What a doctor finds."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    path: str
    """Within the data folder."""
    code: str
    message: str
    hint: str
    """What to do about it."""
    serious: bool = True
    """False for what a crash or a newer start leaves and the next one copes with."""
    repaired: bool = False

    def when(self, repaired: bool) -> "Finding":
        """The same, repaired or not."""
        return replace(self, repaired=repaired)


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found, and what there was to look at."""

    findings: tuple[Finding, ...]
    datasets: int
    generations: int
    """Good ones."""
    changes: int
    """In the log."""
    running: bool
    """Whether a service was working in the folder meanwhile."""

    @property
    def is_well(self) -> bool:
        """Whether nothing serious is left."""
        return all(finding.repaired or not finding.serious for finding in self.findings)

    def document(self) -> dict[str, object]:
        """As one JSON object."""
        return {
            "well": self.is_well,
            "running": self.running,
            "datasets": self.datasets,
            "generations": self.generations,
            "changes": self.changes,
            "findings": self.findings,
        }
