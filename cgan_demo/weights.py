"""Find, verify, read, write and publish weights.

A model is a folder in the layout of a Hub model repository: config.json (the network's class and constructor
arguments), model.safetensors, README.md (the model card), LICENSE where the card names it.
`<Network>.from_pretrained(folder)` reads it too.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
import os
import re
from contextlib import AbstractContextManager
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from . import catalog
from .bundled import folders
from .errors import HubError, WeightsCorrupt, WeightsError, WeightsNotFound
from .files import UNWRITABLE, atomic

if TYPE_CHECKING:
    from torch import nn

CONFIG, WEIGHTS, CARD, LICENSE = "config.json", "model.safetensors", "README.md", "LICENSE"
FILES = (CARD, LICENSE, CONFIG, WEIGHTS)  # in the order they are fetched: a model works without the first two
TIMEOUT = 10.0  # seconds the Hub has for its first answer
DEFAULT_ENDPOINT = "https://huggingface.co"
PAGE = "page"  # the key of config.json for what of the page goes with these weights and no others
MODEL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # an id becomes a folder's name: no separators, no ".."

Settings = TypeVar("Settings", bound=Any)  # a dataclass

logger = logging.getLogger(__name__)


# Finding


def find(
    model_id: str,
    endpoint: str | None = None,
    cache_dir: Path | None = None,
    refresh: bool = False,
    timeout: float = TIMEOUT,
) -> Path:
    """The folder that holds the weights of `model_id`.

    Looked up in CGAN_DEMO_WEIGHTS (a folder of model folders, taken as it is), among the bundled weights,
    in the Hub cache, and on the Hub at the pinned revision. What the catalog has a sha256 for is verified.
    What is no id, but the path of a folder with a config.json, is that folder.

    Args:
        endpoint, cache_dir: of the Hub; by default HF_ENDPOINT and HF_HUB_CACHE.
        refresh: ask the Hub before the bundled weights, and fall back to them where it fails.
        timeout: seconds the Hub has for its first answer.

    Raises:
        UnknownModel: no such id in the catalog, in CGAN_DEMO_WEIGHTS or among the bundled weights.
        WeightsNotFound: a folder without its files, or a repository that does not have them.
        WeightsCorrupt: not the file the catalog names.
        HubError: the Hub refused, failed or did not answer.
        WeightsError: what it sent could not be written.
    """
    if own := _own_folder(model_id):
        return own
    bundled = _bundled_folder(model_id)
    if bundled and not refresh:
        return _verified(bundled, model_id)
    if model_id not in catalog.list_models() and model_id and os.path.isfile(os.path.join(model_id, CONFIG)):
        return _complete(Path(model_id))
    try:
        return pull(model_id, endpoint=endpoint, cache_dir=cache_dir, cached=not refresh, timeout=timeout)
    except WeightsError as error:
        if not bundled:
            raise
        logger.warning("%s The bundled weights are used instead.", error)
        return _verified(bundled, model_id)


def _own_folder(model_id: str) -> Path | None:
    root = os.environ.get("CGAN_DEMO_WEIGHTS")
    folder = Path(root) / model_id if root and MODEL_ID.fullmatch(model_id) else None
    return _complete(folder) if folder and folder.is_dir() else None


def _bundled_folder(model_id: str) -> Path | None:
    if not MODEL_ID.fullmatch(model_id):
        return None
    return next((_complete(root / model_id) for root in folders("weights") if (root / model_id).is_dir()), None)


def _complete(folder: Path) -> Path:
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise WeightsNotFound(f"{folder} has no {name}: remove the folder, or put the file there.")
    return folder


def _verified(folder: Path, model_id: str) -> Path:
    if not _is_true(folder, model_id):
        raise WeightsCorrupt(
            f"{folder / WEIGHTS} is not the file that the catalog names for {model_id} (its sha256 differs): "
            f"run `cgan-demo pull {model_id} --to {folder.parent}`, or remove the folder."
        )
    return folder


def _is_true(folder: Path, model_id: str) -> bool:
    expected = next((model.sha256 for model in catalog.MODELS if model.id == model_id), None)
    return expected is None or file_sha256(folder / WEIGHTS) == expected


def file_sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file, as the catalog has it."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


# The Hub


def pull(
    model_id: str,
    endpoint: str | None = None,
    to: Path | None = None,
    cache_dir: Path | None = None,
    cached: bool = True,
    timeout: float = TIMEOUT,
) -> Path:
    """Fetch the pinned revision of a model of the catalog into the Hub cache, with a progress bar.

    Args:
        to: a folder of model folders that also gets a copy, such as the one CGAN_DEMO_WEIGHTS names.
        cached: be content with what the cache has, without asking the Hub.

    Returns: the model's folder, in `to` where it is given, else in the cache.

    Raises: UnknownModel, WeightsNotFound, WeightsCorrupt, HubError, WeightsError, as `find` does.
    """
    model = catalog.get(model_id)
    folder = _from_cache(model, cache_dir) if cached else None
    folder = folder or _download(model, endpoint, cache_dir, timeout)
    if to is None:
        return folder
    target = Path(to) / model_id
    for name in FILES:
        if (folder / name).is_file():
            with atomic(target / name, WeightsError) as file:
                file.write((folder / name).read_bytes())
    return target


def _from_cache(model: catalog.Model, cache_dir: Path | None) -> Path | None:
    """The model's folder in the Hub cache, if it is there whole and true."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        for name in (CONFIG, WEIGHTS):
            path = hf_hub_download(
                model.hub_repo, name, revision=model.revision, cache_dir=cache_dir, local_files_only=True
            )
    except LocalEntryNotFoundError:
        return None
    folder = Path(path).parent
    return None if any(_is_damaged(folder, name, model) for name in (CONFIG, WEIGHTS)) else folder


def _download(model: catalog.Model, endpoint: str | None, cache_dir: Path | None, timeout: float) -> Path:
    """Fetch what the cache lacks or has damaged, and verify it."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url, try_to_load_from_cache

    endpoint = _endpoint(endpoint)
    folder = Path()
    for name in FILES:
        try:
            kept = try_to_load_from_cache(model.hub_repo, name, cache_dir=cache_dir, revision=model.revision)
            # Ask first: hf_hub_download retries for half a minute and hides the Hub's answer behind a general one.
            url = hf_hub_url(model.hub_repo, name, revision=model.revision, endpoint=endpoint)
            get_hf_file_metadata(url, timeout=timeout, endpoint=endpoint)
            path = hf_hub_download(
                model.hub_repo,
                name,
                revision=model.revision,
                endpoint=endpoint,
                cache_dir=cache_dir,
                etag_timeout=timeout,
                force_download=isinstance(kept, str) and _is_damaged(Path(kept).parent, name, model),
            )
        except Exception as error:  # the Hub client's HTTP library, and so its errors, change with its version
            if name in (CARD, LICENSE) and _status(error) == 404:
                continue  # a missing repository shows with the next file
            raise _explain(error, model.hub_repo, endpoint, f"{name} at revision {model.revision}") from error
        folder = Path(path).parent
    if not _is_true(folder, model.id):
        raise WeightsCorrupt(
            f"{model.hub_repo} at revision {model.revision} does not hold the {WEIGHTS} that the catalog names for "
            f"{model.id} (its sha256 differs): update the program, or set CGAN_DEMO_WEIGHTS."
        )
    return folder


def _is_damaged(folder: Path, name: str, model: catalog.Model) -> bool:
    """Whether a file of the cache has to be fetched again."""
    if name == WEIGHTS:
        return not _is_true(folder, model.id)
    if name != CONFIG:
        return False
    try:
        read_config(folder)
    except WeightsCorrupt:
        return True
    return False


def push(
    model_id: str,
    repo_id: str,
    endpoint: str | None = None,
    folder: Path | None = None,
    token: str | None = None,
    private: bool = False,
    revision: str | None = None,
) -> str:
    """Publish config.json, model.safetensors, README.md and LICENSE as one tagged commit to a Hub model repository.

    Args:
        repo_id: "owner/name"; created where it does not exist.
        folder: the model's folder, by default the one that `find` gives.
        token: by default HF_TOKEN or the one that `hf auth login` stored.
        revision: the commit's tag, by default the revision that the catalog pins, and none for a model it lacks.

    Returns: the address of the commit.

    Raises:
        WeightsNotFound: the folder lacks one of the first three files.
        WeightsError: the repository has the revision already; nothing is published then.
        HubError: the Hub refused, failed or did not answer.
    """
    from huggingface_hub import CommitOperationAdd, HfApi

    tag = revision or next((model.revision for model in catalog.MODELS if model.id == model_id), None)
    folder = _complete(Path(folder) if folder else find(model_id))
    if not (folder / CARD).is_file():
        raise WeightsNotFound(f"{folder} has no {CARD}: write the model card before publishing.")
    endpoint = _endpoint(endpoint)
    names = [name for name in FILES if (folder / name).is_file()]
    files = [CommitOperationAdd(path_in_repo=name, path_or_fileobj=folder / name) for name in names]
    api = HfApi(endpoint=endpoint, token=token)
    try:
        api.create_repo(repo_id, private=private, exist_ok=True)
        if tag in {ref.name for ref in api.list_repo_refs(repo_id).tags}:
            raise WeightsError(
                f"{repo_id} has a revision {tag} already, which others may have pinned; nothing was published: give "
                "a new one with --revision, and name it in the model's row of the catalog."
            )
        commit = api.create_commit(repo_id, operations=files, commit_message=f"Upload {model_id} with cgan-demo")
        if tag is not None:
            api.create_tag(repo_id, tag=tag, revision=commit.oid)
    except WeightsError:
        raise
    except Exception as error:  # as in _download
        raise _explain(error, repo_id, endpoint, "the repository") from error
    return str(commit.commit_url)


def _endpoint(endpoint: str | None) -> str:
    return (endpoint or os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")


def _status(error: BaseException) -> int | None:
    return getattr(getattr(error, "response", None), "status_code", None)


def _explain(error: Exception, repo: str, endpoint: str, what: str) -> WeightsError:
    """One sentence, with what to do, for whatever went wrong with the Hub."""
    from huggingface_hub.errors import OfflineModeIsEnabled

    if isinstance(error, OSError) and error.errno in UNWRITABLE:  # the cache's fault, not the Hub's
        return WeightsError(
            f"{repo} could not be written to the Hub cache ({error.strerror}): make room, or set HF_HOME to another "
            "folder."
        )
    status, where = _status(error), f"the Hub ({endpoint})"
    if isinstance(error, OfflineModeIsEnabled):
        return HubError(f"HF_HUB_OFFLINE is set and {repo} is not in the cache: unset it, or set CGAN_DEMO_WEIGHTS.")
    if status in (401, 403):
        return HubError(
            f"Access to {repo} was refused by {where} with {status}: check the name, and log in with "
            "`hf auth login` or set HF_TOKEN."
        )
    if status == 404:
        return WeightsNotFound(f"{repo} on {where} does not have {what}: check the repository and the revision.")
    if status is not None:
        return HubError(f"Asked for {repo}, {where} answered {status}: try again later, or set CGAN_DEMO_WEIGHTS.")
    if "timeout" in type(error).__name__.lower():
        return HubError(f"Asked for {repo}, {where} did not answer in time: check the connection and try again.")
    return HubError(
        f"Talking to {where} about {repo} failed ({type(error).__name__}): check the connection and HF_ENDPOINT."
    )


# Files


def save_network(network: nn.Module, folder: str | Path, system: str = "pix2pix", half: bool = True) -> Path:
    """Write config.json and model.safetensors into `folder`; floats as fp16, or fp32 where `half` is off.

    Raises:
        WeightsCorrupt: a weight is not finite, or too large for fp16.
        WeightsError: the folder cannot be written; what was in it stays.
    """
    import torch
    from safetensors.torch import save

    folder = Path(folder)
    state = {}
    for name, value in network.state_dict().items():
        if value.is_floating_point():
            value = value.to(torch.float16 if half else torch.float32)
            if not torch.isfinite(value).all():
                raise WeightsCorrupt(f"The weights {name} are not finite, or too large for fp16: save with half=False.")
        state[name] = value.detach().cpu().contiguous().clone()  # a copy each: safetensors refuses shared memory
    arguments = getattr(network, "_hub_mixin_config", None) or {}
    config = {name: value for name, value in arguments.items() if name != PAGE}  # it would be of other weights
    config |= {"system": system, "architecture": type(network).__name__}
    with atomic(folder / CONFIG, WeightsError) as described, atomic(folder / WEIGHTS, WeightsError) as file:
        described.write((json.dumps(config, indent=2) + "\n").encode())
        file.write(save(state, metadata={"format": "pt"}))
    return folder


def read_config(folder: str | Path) -> dict[str, Any]:
    """The contents of config.json, which has at least "system" and "architecture".

    Raises:
        WeightsNotFound, WeightsCorrupt: not there, or not such a file.
    """
    path = Path(folder) / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise WeightsNotFound(f"{folder} has no {CONFIG}: put the file there.") from error
    except ValueError as error:
        raise WeightsCorrupt(f"{path} is not readable JSON: download the model again.") from error
    if not isinstance(config, dict) or not isinstance(config.get("architecture"), str):
        raise WeightsCorrupt(f'{path} does not name its network under "architecture": download the model again.')
    system = str(config.get("system", "pix2pix"))  # a folder written by hand may leave it out
    config["system"] = catalog.MOVED.get(config["architecture"], system)
    return config


def config_at_hand(model_id: str) -> dict[str, Any]:
    """The contents of the config.json of weights that need not be fetched; {} where there are none.

    Torch is not needed: this is for laying out a page.
    """
    try:
        folder = _own_folder(model_id) or _bundled_folder(model_id)
        return read_config(folder) if folder else {}
    except WeightsError:  # whoever asks for the model is told
        return {}


def page_settings(model_id: str, usual: Settings) -> Settings:
    """The dataclass `usual`, with what config.json says of its fields under "page".

    Such are the seeds, sentences and words that the page opens with: they go with these weights and no others.
    """
    said = config_at_hand(model_id).get(PAGE) or {}
    known = {field.name for field in fields(usual)} & said.keys()
    return replace(usual, **{name: _tuples(said[name]) for name in known})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def load_network(folder: str | Path) -> nn.Module:
    """The network that `folder` describes, with its weights: fp32, on the CPU, in `eval()`, without gradients.

    Raises:
        WeightsNotFound: a file is missing.
        WeightsCorrupt: a file cannot be read, or the weights do not fit the network.
    """
    from safetensors.torch import load_file

    folder = _complete(Path(folder))
    config = read_config(folder)
    networks = catalog.room(config["system"]).networks
    if config["architecture"] not in networks:
        raise WeightsCorrupt(f"{folder / CONFIG} names {config['architecture']!r}, not one of {', '.join(networks)}.")
    cls = networks[config["architecture"]]
    known = inspect.signature(cls).parameters
    try:
        state = load_file(folder / WEIGHTS)
        network = empty(cls, **{name: value for name, value in config.items() if name in known})
        state = {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
        network.load_state_dict(state, assign=True)
    except Exception as error:  # safetensors, torch and the constructor each have their own
        raise WeightsCorrupt(
            f"{folder / WEIGHTS} cannot be read, or does not fit the network of {CONFIG}: download the model again."
        ) from error
    return network.eval().requires_grad_(False)


def empty(cls: type[nn.Module], **arguments: Any) -> nn.Module:
    """The network `cls(**arguments)` without its weights, for `load_state_dict(..., assign=True)`.

    It takes no time, memory or random numbers, however large it is.
    """
    import torch

    with torch.device("meta"), _unfilled():
        return cls(**arguments)


def _unfilled() -> AbstractContextManager[Any]:
    """Within it, this thread's modules are built without drawing their initial weights.

    On the meta device a draw computes nothing, yet the first one imports torch's compiler, for seconds.
    """
    from torch.overrides import TorchFunctionMode

    class Unfilled(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            kwargs = kwargs or {}
            if getattr(func, "__module__", None) == "torch.nn.init":  # normal_, kaiming_uniform_ and their like
                return args[0] if args else kwargs["tensor"]
            return func(*args, **kwargs)

    return Unfilled()
