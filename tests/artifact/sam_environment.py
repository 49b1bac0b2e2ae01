"""Prints each function's environment as `sam local invoke` would give it to the container.

Runs in SAM CLI's own virtual environment, with SAM CLI's own code, since of `--env-vars` it
takes only what the template names, and credentials from the profile. Arguments: the built
template and the file of variables. Each function has the profile of its name.
"""

# pyright: basic, reportMissingImports=false

import json
import sys
from pathlib import Path

from samcli.commands.local.lib.local_lambda import LocalLambdaRunner
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

template, variables = sys.argv[1:]
stacks, _ = SamLocalStackProvider.get_stacks(template)
provider = SamFunctionProvider(stacks)
environments = {}
values = json.loads(Path(variables).read_text(encoding="utf-8"))
for function in provider.get_all():
    if function.name not in values:
        continue
    runner = LocalLambdaRunner(
        None,
        provider,
        ".",
        real_path=".",
        aws_profile=function.name,
        env_vars_values=values,
    )
    environments[function.name] = runner._make_env_vars(function).resolve()
sys.stdout.write(json.dumps(environments))
