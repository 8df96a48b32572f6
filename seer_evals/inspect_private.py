"""The one place that reaches into Inspect's private modules: when a release moves something, this file is mended.

A name is looked up when it is asked for, every time: some of these modules take long to import, and some of these names
are variables. What each name is stands twice, once for mypy and once for Python; a test holds the two together.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = ["WHERE"]

if TYPE_CHECKING:
    from inspect_ai._cli.eval import parse_run_config as parse_run_config
    from inspect_ai._cli.main import inspect as _inspect_cli
    from inspect_ai._display.core.active import _active_task_screen
    from inspect_ai._display.textual.app import TextualTaskScreen as TextualTaskScreen
    from inspect_ai._eval.loader import load_tasks as load_tasks
    from inspect_ai._eval.loader import resolve_task_sandbox as resolve_task_sandbox
    from inspect_ai._eval.loader import scorer_from_spec as scorer_from_spec
    from inspect_ai._eval.loader import solver_from_spec as solver_from_spec
    from inspect_ai._eval.task.sandbox import resolve_sandbox as resolve_sandbox
    from inspect_ai._eval.task.util import slice_dataset as slice_dataset
    from inspect_ai._util.config import parse_cli_args as parse_cli_args
    from inspect_ai._util.error import PrerequisiteError as PrerequisiteError
    from inspect_ai._util.error import exception_hook as exception_hook
    from inspect_ai._util.exception import TerminateSampleError as TerminateSampleError
    from inspect_ai._util.registry import registry_find as registry_find
    from inspect_ai._util.registry import registry_info as registry_info
    from inspect_ai._util.registry import registry_unqualified_name as registry_unqualified_name
    from inspect_ai.agent._acp.server import acp_server_accepting_clients as acp_server_accepting_clients
    from inspect_ai.agent._human.commands import human_agent_commands as human_agent_commands
    from inspect_ai.agent._human.commands.command import HumanAgentCommand as HumanAgentCommand
    from inspect_ai.agent._human.commands.command import call_human_agent as call_human_agent
    from inspect_ai.agent._human.commands.instructions import InstructionsCommand as InstructionsCommand
    from inspect_ai.agent._human.commands.submit import SubmitCommand as SubmitCommand
    from inspect_ai.agent._human.commands.submit import ValidateCommand as ValidateCommand
    from inspect_ai.agent._human.install import HUMAN_AGENT_DIR as HUMAN_AGENT_DIR
    from inspect_ai.agent._human.install import TASK_PY as TASK_PY
    from inspect_ai.agent._human.install import human_agent_bashrc as human_agent_bashrc
    from inspect_ai.agent._human.install import human_agent_commands as _human_agent_commands_script
    from inspect_ai.agent._human.panel import HumanAgentPanel as HumanAgentPanel
    from inspect_ai.agent._human.service import run_human_agent_service as run_human_agent_service
    from inspect_ai.agent._human.state import HumanAgentState as HumanAgentState
    from inspect_ai.agent._human.view import ConsoleView as ConsoleView
    from inspect_ai.agent._human.view import HumanAgentView as HumanAgentView
    from inspect_ai.log._samples import sample_active as sample_active
    from inspect_ai.log._transcript import Transcript as Transcript
    from inspect_ai.log._transcript import init_transcript as init_transcript
    from inspect_ai.model._call_tools import parse_tool_call as parse_tool_call
    from inspect_ai.model._call_tools import tool_params as tool_params
    from inspect_ai.model._call_tools import validate_tool_input as validate_tool_input
    from inspect_ai.model._generate_config import active_generate_config as active_generate_config
    from inspect_ai.model._model import active_model as active_model
    from inspect_ai.model._model import active_model_context_var as active_model_context_var
    from inspect_ai.model._model import init_model_roles as init_model_roles
    from inspect_ai.model._model import model_roles as model_roles
    from inspect_ai.model._model import sample_model_usage as sample_model_usage
    from inspect_ai.model._providers.hf import HuggingFaceAPI as HuggingFaceAPI
    from inspect_ai.model._providers.mockllm import MockLLM as MockLLM
    from inspect_ai.scorer._scorer import ScorerSpec as ScorerSpec
    from inspect_ai.solver._task_state import sample_state as sample_state
    from inspect_ai.tool._sandbox_tools_utils.sandbox import SandboxInjectionError as SandboxInjectionError
    from inspect_ai.tool._sandbox_tools_utils.sandbox import sandbox_with_injected_tools as sandbox_with_injected_tools
    from inspect_ai.tool._tools._skill.read import SkillParsingError as SkillParsingError
    from inspect_ai.util._concurrency import _task_sample_semaphores
    from inspect_ai.util._concurrency import sandbox_limiters as sandbox_limiters
    from inspect_ai.util._sandbox import self_check as _sandbox_self_check
    from inspect_ai.util._sandbox.compose import COMPOSE_FILES as COMPOSE_FILES
    from inspect_ai.util._sandbox.compose import DOCKERFILE as DOCKERFILE
    from inspect_ai.util._sandbox.compose import ComposeService as ComposeService
    from inspect_ai.util._sandbox.context import sandbox_default_context_var as sandbox_default_context_var
    from inspect_ai.util._sandbox.context import sandbox_environments_context_var as sandbox_environments_context_var
    from inspect_ai.util._sandbox.docker.util import ComposeProject as ComposeProject
    from inspect_ai.util._sandbox.events import SandboxEnvironmentProxy as SandboxEnvironmentProxy
    from inspect_ai.util._sandbox.limits import override_max_exec_output_size as override_max_exec_output_size
    from inspect_ai.util._sandbox.limits import override_max_read_file_size as override_max_read_file_size
    from inspect_ai.util._sandbox.local import LocalSandboxEnvironment as LocalSandboxEnvironment
    from inspect_ai.util._sandbox.registry import registry_find_sandboxenv as registry_find_sandboxenv
    from inspect_ai.util._sandbox.registry import registry_has_sandboxenv as registry_has_sandboxenv
    from inspect_ai.util._span import parent_span as parent_span
    from inspect_ai.util._subprocess import max_subprocesses_context_var as max_subprocesses_context_var

    # What has another name here than there.
    inspect_cli = _inspect_cli
    active_task_screen = _active_task_screen
    human_agent_commands_script = _human_agent_commands_script
    task_sample_semaphores = _task_sample_semaphores
    sandbox_self_check = _sandbox_self_check

WHERE = {
    "parse_run_config": "inspect_ai._cli.eval:parse_run_config",
    "inspect_cli": "inspect_ai._cli.main:inspect",
    "active_task_screen": "inspect_ai._display.core.active:_active_task_screen",
    "TextualTaskScreen": "inspect_ai._display.textual.app:TextualTaskScreen",
    "load_tasks": "inspect_ai._eval.loader:load_tasks",
    "resolve_task_sandbox": "inspect_ai._eval.loader:resolve_task_sandbox",
    "scorer_from_spec": "inspect_ai._eval.loader:scorer_from_spec",
    "solver_from_spec": "inspect_ai._eval.loader:solver_from_spec",
    "resolve_sandbox": "inspect_ai._eval.task.sandbox:resolve_sandbox",
    "slice_dataset": "inspect_ai._eval.task.util:slice_dataset",
    "parse_cli_args": "inspect_ai._util.config:parse_cli_args",
    "PrerequisiteError": "inspect_ai._util.error:PrerequisiteError",
    "exception_hook": "inspect_ai._util.error:exception_hook",
    "TerminateSampleError": "inspect_ai._util.exception:TerminateSampleError",
    "registry_find": "inspect_ai._util.registry:registry_find",
    "registry_info": "inspect_ai._util.registry:registry_info",
    "registry_unqualified_name": "inspect_ai._util.registry:registry_unqualified_name",
    "acp_server_accepting_clients": "inspect_ai.agent._acp.server:acp_server_accepting_clients",
    "HumanAgentCommand": "inspect_ai.agent._human.commands.command:HumanAgentCommand",
    "call_human_agent": "inspect_ai.agent._human.commands.command:call_human_agent",
    "InstructionsCommand": "inspect_ai.agent._human.commands.instructions:InstructionsCommand",
    "SubmitCommand": "inspect_ai.agent._human.commands.submit:SubmitCommand",
    "ValidateCommand": "inspect_ai.agent._human.commands.submit:ValidateCommand",
    "human_agent_commands": "inspect_ai.agent._human.commands:human_agent_commands",
    "HUMAN_AGENT_DIR": "inspect_ai.agent._human.install:HUMAN_AGENT_DIR",
    "TASK_PY": "inspect_ai.agent._human.install:TASK_PY",
    "human_agent_bashrc": "inspect_ai.agent._human.install:human_agent_bashrc",
    "human_agent_commands_script": "inspect_ai.agent._human.install:human_agent_commands",
    "HumanAgentPanel": "inspect_ai.agent._human.panel:HumanAgentPanel",
    "run_human_agent_service": "inspect_ai.agent._human.service:run_human_agent_service",
    "HumanAgentState": "inspect_ai.agent._human.state:HumanAgentState",
    "ConsoleView": "inspect_ai.agent._human.view:ConsoleView",
    "HumanAgentView": "inspect_ai.agent._human.view:HumanAgentView",
    "sample_active": "inspect_ai.log._samples:sample_active",
    "Transcript": "inspect_ai.log._transcript:Transcript",
    "init_transcript": "inspect_ai.log._transcript:init_transcript",
    "parse_tool_call": "inspect_ai.model._call_tools:parse_tool_call",
    "tool_params": "inspect_ai.model._call_tools:tool_params",
    "validate_tool_input": "inspect_ai.model._call_tools:validate_tool_input",
    "active_generate_config": "inspect_ai.model._generate_config:active_generate_config",
    "active_model": "inspect_ai.model._model:active_model",
    "active_model_context_var": "inspect_ai.model._model:active_model_context_var",
    "init_model_roles": "inspect_ai.model._model:init_model_roles",
    "model_roles": "inspect_ai.model._model:model_roles",
    "sample_model_usage": "inspect_ai.model._model:sample_model_usage",
    "HuggingFaceAPI": "inspect_ai.model._providers.hf:HuggingFaceAPI",
    "MockLLM": "inspect_ai.model._providers.mockllm:MockLLM",
    "ScorerSpec": "inspect_ai.scorer._scorer:ScorerSpec",
    "sample_state": "inspect_ai.solver._task_state:sample_state",
    "SandboxInjectionError": "inspect_ai.tool._sandbox_tools_utils.sandbox:SandboxInjectionError",
    "sandbox_with_injected_tools": "inspect_ai.tool._sandbox_tools_utils.sandbox:sandbox_with_injected_tools",
    "SkillParsingError": "inspect_ai.tool._tools._skill.read:SkillParsingError",
    "task_sample_semaphores": "inspect_ai.util._concurrency:_task_sample_semaphores",
    "sandbox_limiters": "inspect_ai.util._concurrency:sandbox_limiters",
    "COMPOSE_FILES": "inspect_ai.util._sandbox.compose:COMPOSE_FILES",
    "ComposeService": "inspect_ai.util._sandbox.compose:ComposeService",
    "DOCKERFILE": "inspect_ai.util._sandbox.compose:DOCKERFILE",
    "sandbox_default_context_var": "inspect_ai.util._sandbox.context:sandbox_default_context_var",
    "sandbox_environments_context_var": "inspect_ai.util._sandbox.context:sandbox_environments_context_var",
    "ComposeProject": "inspect_ai.util._sandbox.docker.util:ComposeProject",
    "SandboxEnvironmentProxy": "inspect_ai.util._sandbox.events:SandboxEnvironmentProxy",
    "override_max_exec_output_size": "inspect_ai.util._sandbox.limits:override_max_exec_output_size",
    "override_max_read_file_size": "inspect_ai.util._sandbox.limits:override_max_read_file_size",
    "LocalSandboxEnvironment": "inspect_ai.util._sandbox.local:LocalSandboxEnvironment",
    "registry_find_sandboxenv": "inspect_ai.util._sandbox.registry:registry_find_sandboxenv",
    "registry_has_sandboxenv": "inspect_ai.util._sandbox.registry:registry_has_sandboxenv",
    "sandbox_self_check": "inspect_ai.util._sandbox.self_check",
    "parent_span": "inspect_ai.util._span:parent_span",
    "max_subprocesses_context_var": "inspect_ai.util._subprocess:max_subprocesses_context_var",
}
"""Where Inspect keeps each name: `module:attribute`, or a module."""

if not TYPE_CHECKING:

    def __getattr__(name):
        if name not in WHERE:
            raise AttributeError(f"{__name__} has no {name!r}")
        module, _, attribute = WHERE[name].partition(":")
        try:
            return getattr(import_module(module), attribute) if attribute else import_module(module)
        except (ImportError, AttributeError) as error:
            raise ImportError(f"Inspect has moved {WHERE[name]}: say in {__name__} where {name} is now.") from error
