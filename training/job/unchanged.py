"""Retraining with nothing new: the same data, code and settings are published already."""

from data.settings import settings
from training.publication.publication import current_folder, current_info, is_intact
from training.publication.version_promotion import promote_version
from training.stages.checkpoints import Checkpoints
from training.stages.timing import Clock
from training.tracking import model_registry


def already_published(checkpoints: Checkpoints) -> bool:
    """Return whether the current publication was made under this key and no checkpoint of it remains."""
    return not checkpoints.folder.exists() and current_info(settings().published).work_key == checkpoints.key


def republish_champion(clock: Clock) -> str:
    """Publish the registry's champion again where the publication is damaged or of another version; return the reason."""
    folder, info = current_folder(settings().published), current_info(settings().published)
    champion = model_registry.champion()
    if champion is None or (champion.version == info.model_version and is_intact(folder)):
        return f"nothing new since {folder.name}"
    damaged = champion.version == info.model_version
    cause = "was damaged" if damaged else f"is not of version {champion.version}, the champion"
    with clock.stage("publish"):
        promote_version(champion, "registry")
    return f"nothing new, but {folder.name} {cause}, and version {champion.version} was published again"
