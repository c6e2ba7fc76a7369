"""Checks of Ray clusters before one is joined or started: whether it answers, and whether its tokens fit."""

from __future__ import annotations

import importlib
import os
import socket
from typing import Any

from adsw.errors import Fault, InputError

LOCAL = "local"
"""Address that starts Ray on this machine even where a cluster runs on it."""
CONNECT_S = 5.0
"""Longest wait for a connection, for which Ray waits two minutes."""

_TITLE = "Ray cannot be reached"
_START = "Start one with `ray up cluster.yaml` or `ray start --head`, or leave --address out."


def require_none_here() -> None:
    """Check that no cluster is meant that the user did not name: Ray would join it, or refuse, without a word why.

    Raises:
        InputError: `RAY_ADDRESS` names one, or `ray start` has started one here that still answers.
    """
    from ray._private.utils import read_ray_address

    named = os.environ.get("RAY_ADDRESS")
    running = named or read_ray_address(None)
    # The file that `ray start` leaves outlives a cluster that was killed.
    if running and (named or not silence(running)):
        where = "RAY_ADDRESS names a Ray cluster" if named else "a Ray cluster runs on this machine already"
        fix = f"Join it with --address auto, or start Ray for this command alone with --address {LOCAL}."
        raise InputError("Ray cannot be started", [Fault("--address", where, running, fix)])


def require_answer(address: str) -> None:
    """Check that a cluster answers at an address, and takes this process's token if it wants one.

    ``auto`` and addresses of Ray's client are left to Ray.

    Raises:
        InputError: nothing answers, or authentication is set up otherwise here than there.
    """
    import ray

    if address == "auto" or "://" in address:
        return
    if why := silence(address):
        raise InputError(_TITLE, [Fault("--address", f"no Ray cluster answers ({why})", address, _START)])
    if _mode_here() == "token" and not _has_token():
        raise InputError(_TITLE, [_no_token(address)])
    try:
        _raylet().GcsClient(address=address)
    except ray.exceptions.AuthenticationError as error:
        raise InputError(_TITLE, [_mismatch(address)]) from error
    except ray.exceptions.RpcError as error:
        fault = Fault("--address", f"what answers is no Ray cluster of this version ({error})", address, _START)
        raise InputError(_TITLE, [fault]) from error


def silence(address: str) -> str:
    """Return why nothing answers at ``HOST:PORT``, or an empty string if something does."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        return "must be HOST:PORT or auto"
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_S).close()
    except (OSError, OverflowError) as error:
        return str(error)
    return ""


def _raylet() -> Any:
    """Return Ray's compiled module, of whose contents no types are known."""
    return importlib.import_module("ray._raylet")


def _mode_here() -> str:
    """Return this process's mode of authentication: ``token`` or ``disabled``."""
    from ray._private.authentication.authentication_utils import get_authentication_mode_name

    return str(get_authentication_mode_name(_raylet().get_authentication_mode()))


def _has_token() -> bool:
    """Check whether this process finds a token."""
    return bool(_raylet().AuthenticationTokenLoader.instance().has_token(ignore_auth_mode=True))


def _no_token(address: str) -> Fault:
    """Return the fault of a process that is to send a token and has none."""
    fix = "Copy ~/.ray/auth_token of the cluster's head here, or set RAY_AUTH_MODE=disabled if the cluster wants none."
    return Fault("--address", "RAY_AUTH_MODE is token here, and there is no token", address, fix)


def _mismatch(address: str) -> Fault:
    """Return the fault of a cluster that wants a token and does not get the right one."""
    mode = _mode_here()
    if mode == "token":
        rule = "the cluster wants another token than the one here (mode token here, token there)"
        fix = "Copy ~/.ray/auth_token of the cluster's head here."
    else:
        rule = f"the cluster wants a token and none is sent (mode {mode} here, token there)"
        have = "" if _has_token() else " and copy ~/.ray/auth_token of the cluster's head here"
        fix = f"Set RAY_AUTH_MODE=token{have}; or start the cluster with RAY_AUTH_MODE=disabled."
    return Fault("--address", rule, address, fix)
