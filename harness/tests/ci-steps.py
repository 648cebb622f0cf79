#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The shell lines of an example in tools/ci, with the variables that it sets, for harness/tests/ci.sh.

usage: harness/tests/ci-steps.py FILE

Prints a script for sh. A variable that the caller has set stays as it is, so that a test may choose fewer cases; what the
CI system would fill in (an expression, a job's number) is taken from VALUES.
"""
import os
import re
import sys

import yaml

# What each system says of the first of four jobs in the folder that the script is run in.
VALUES = {
    "vars.ISERSPEC_URL": "${ISERSPEC_URL}",
    "matrix.shard": "1",
    "github.workspace": "${PWD}",
}
OF_GITLAB = {"CI_PROJECT_DIR": "${PWD}", "CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "4"}
OF_GITHUB = {"GITHUB_STEP_SUMMARY": "${PWD}/summary"}
OF_JENKINS = {"WORKSPACE": "${PWD}"}
OF_KUBERNETES = {"JOB_COMPLETION_INDEX": "0"}


def filled(text):
    def value(match):
        name = match.group(1)
        # What hangs on files is a key of a cache, and no concern of a script.
        if name not in VALUES:
            sys.exit(f"ci-steps: no value for {name}")
        return VALUES[name]

    return re.sub(r"\$\{\{ *([^}]*?) *\}\}", value, text)


def variables(given):
    for name, value in given.items():
        yield f': "${{{name}:={filled(str(value))}}}"; export {name}'


def github(text):
    workflow = yaml.safe_load(text)
    yield from variables(OF_GITHUB)
    for job in workflow["jobs"].values():
        yield from variables(job.get("env", {}))
        for step in job["steps"]:
            if "run" in step:
                yield from variables(step.get("env", {}))
                yield filled(step["run"])


def gitlab(text):
    yield from variables(OF_GITLAB)
    for job in yaml.safe_load(text).values():
        yield from variables(job.get("variables", {}))
        yield from job["script"]


def jenkins(text):
    yield from variables(OF_JENKINS)
    block = re.search(r"environment \{(.*?)\n    \}", text, re.S).group(1)
    yield from variables(dict(re.findall(r"(\w+) = ['\"](.*)['\"]", block)))
    steps = re.findall(r"^ *sh '(.*)'$", text, re.M)
    if len(steps) != len(re.findall(r"\bsh\b", text)):
        sys.exit("ci-steps: a step of the Jenkinsfile is not in one line")
    yield from steps


def kubernetes(text):
    yield from variables(OF_KUBERNETES)
    for container in yaml.safe_load(text)["spec"]["template"]["spec"]["containers"]:
        yield from variables({one["name"]: one["value"] for one in container["env"]})
        if container["command"] != ["/bin/bash", "-c"] or len(container["args"]) != 1:
            sys.exit("ci-steps: the container runs no script of bash")
        yield container["args"][0]


def dockerfile(text):
    for name, value in re.findall(r"^ENV (\w+)=(.*)$", text, re.M):
        yield from variables({name: value})
    yield from re.findall(r"^RUN (.*)$", text, re.M)


READERS = {
    "github-kernel.yml": github,
    "github.yml": github,
    "gitlab-ci.yml": gitlab,
    "Jenkinsfile": jenkins,
    "kubernetes.yaml": kubernetes,
    "Dockerfile": dockerfile,
}


def main(path):
    with open(path, encoding="utf-8") as file:
        steps = list(READERS[os.path.basename(path)](file.read()))
    print("\n".join(["#!/bin/sh", "set -e", *steps]))


if __name__ == "__main__":
    main(sys.argv[1])
