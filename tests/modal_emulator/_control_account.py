"""Apps, environments, secrets, tokens and the workspace."""

from __future__ import annotations

import base64
import json
import time

from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from grpclib import GRPCError, Status
from modal_proto import api_pb2

from . import _ids
from ._compat import known
from ._rpc import Call
from ._state import DEFAULT_ENVIRONMENT, App, Secret, found
from ._world import World

BUILDER_VERSION = "2025.06"
WORKSPACE = "emulated"


def jwt(lifetime: float = 3600.0) -> str:
    """A token that says when it expires; nothing signs it and nothing checks it."""

    def part(content: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part({'exp': time.time() + lifetime})}.emulated"


class AccountService:
    """What every client asks first."""

    def __init__(self, world: World) -> None:
        self._account = world.account

    async def ClientHello(self, request: Empty, call: Call) -> api_pb2.ClientHelloResponse:
        return api_pb2.ClientHelloResponse()

    async def AuthTokenGet(self, request: api_pb2.AuthTokenGetRequest, call: Call) -> api_pb2.AuthTokenGetResponse:
        return api_pb2.AuthTokenGetResponse(token=jwt())

    async def TokenInfoGet(self, request: api_pb2.TokenInfoGetRequest, call: Call) -> api_pb2.TokenInfoGetResponse:
        token = str(call.metadata.get("x-modal-token-id", ""))
        return api_pb2.TokenInfoGetResponse(token_id=token, workspace_id="ws-emulated", workspace_name=WORKSPACE)

    async def WorkspaceNameLookup(self, request: Empty, call: Call) -> api_pb2.WorkspaceNameLookupResponse:
        return api_pb2.WorkspaceNameLookupResponse(workspace_name=WORKSPACE, username=WORKSPACE)

    async def EnvironmentGetOrCreate(
        self, request: api_pb2.EnvironmentGetOrCreateRequest, call: Call
    ) -> api_pb2.EnvironmentGetOrCreateResponse:
        name = request.deployment_name or DEFAULT_ENVIRONMENT
        environments = self._account.environments
        if name not in environments and name != DEFAULT_ENVIRONMENT and not request.object_creation_type:
            raise GRPCError(Status.NOT_FOUND, f"no environment {name!r}")
        settings = api_pb2.EnvironmentSettings(image_builder_version=BUILDER_VERSION)
        return api_pb2.EnvironmentGetOrCreateResponse(
            environment_id=environments.setdefault(name, _ids.object_id("en")),
            metadata=api_pb2.EnvironmentMetadata(name=name, settings=settings),
        )

    async def EnvironmentList(self, request: Empty, call: Call) -> api_pb2.EnvironmentListResponse:
        names = {DEFAULT_ENVIRONMENT: "", **self._account.environments}
        return api_pb2.EnvironmentListResponse(
            items=[api_pb2.EnvironmentListItem(name=n, default=n == DEFAULT_ENVIRONMENT) for n in names]
        )

    async def AppGetOrCreate(
        self, request: api_pb2.AppGetOrCreateRequest, call: Call
    ) -> api_pb2.AppGetOrCreateResponse:
        environment = request.environment_name or DEFAULT_ENVIRONMENT
        wanted = (request.app_name, environment)
        app = next((a for a in self._account.apps.values() if (a.name, a.environment) == wanted), None)
        if app is None and not request.object_creation_type:
            raise GRPCError(Status.NOT_FOUND, f"no app {request.app_name!r} in environment {environment!r}")
        if app is None:
            app = App(_ids.object_id("ap"), *wanted)
            self._account.apps[app.app_id] = app
        return api_pb2.AppGetOrCreateResponse(app_id=app.app_id)

    async def AppSetTags(self, request: api_pb2.AppSetTagsRequest, call: Call) -> Empty:
        found(self._account.apps, request.app_id, "app").tags = dict(request.tags)
        return Empty()

    async def AppGetTags(self, request: api_pb2.AppGetTagsRequest, call: Call) -> api_pb2.AppGetTagsResponse:
        return api_pb2.AppGetTagsResponse(tags=found(self._account.apps, request.app_id, "app").tags)

    async def AppList(self, request: api_pb2.AppListRequest, call: Call) -> api_pb2.AppListResponse:
        apps = [api_pb2.AppListResponse.AppListItem(app_id=a.app_id, name=a.name) for a in self._account.apps.values()]
        return api_pb2.AppListResponse(apps=apps)

    async def SecretGetOrCreate(
        self, request: api_pb2.SecretGetOrCreateRequest, call: Call
    ) -> api_pb2.SecretGetOrCreateResponse:
        secret = self._named_secret(request) if request.deployment_name else None
        if secret is None:
            environment = request.environment_name or DEFAULT_ENVIRONMENT
            secret = Secret(_ids.object_id("st"), request.deployment_name, environment, dict(request.env_dict))
            self._account.secrets[secret.secret_id] = secret
        if missing := [key for key in request.required_keys if key not in secret.env]:
            raise GRPCError(Status.FAILED_PRECONDITION, f"secret {secret.name!r} lacks the keys {missing}")
        return api_pb2.SecretGetOrCreateResponse(secret_id=secret.secret_id, metadata=_metadata(secret))

    def _named_secret(self, request: api_pb2.SecretGetOrCreateRequest) -> Secret | None:
        wanted = (request.deployment_name, request.environment_name or DEFAULT_ENVIRONMENT)
        secret = next((s for s in self._account.secrets.values() if (s.name, s.environment) == wanted), None)
        creation = request.object_creation_type
        if secret is None and not creation:
            raise GRPCError(Status.NOT_FOUND, f"no secret {wanted[0]!r} in environment {wanted[1]!r}")
        if secret is not None and creation == api_pb2.OBJECT_CREATION_TYPE_CREATE_FAIL_IF_EXISTS:
            raise GRPCError(Status.ALREADY_EXISTS, f"there is a secret {wanted[0]!r} already")
        if secret is not None and creation == api_pb2.OBJECT_CREATION_TYPE_CREATE_OVERWRITE_IF_EXISTS:
            secret.env = dict(request.env_dict)
        return secret

    async def SecretGetInfo(self, request: api_pb2.SecretGetInfoRequest, call: Call) -> api_pb2.SecretGetInfoResponse:
        secret = found(self._account.secrets, request.secret_id, "secret")
        return api_pb2.SecretGetInfoResponse(metadata=_metadata(secret))

    async def SecretDelete(self, request: api_pb2.SecretDeleteRequest, call: Call) -> Empty:
        found(self._account.secrets, request.secret_id, "secret")
        del self._account.secrets[request.secret_id]
        return Empty()


def _metadata(secret: Secret) -> api_pb2.SecretMetadata:
    keys = list(secret.env)
    return known(api_pb2.SecretMetadata, name=secret.name, keys=keys, environment_name=secret.environment)
