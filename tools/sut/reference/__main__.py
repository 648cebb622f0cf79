# SPDX-License-Identifier: BSD-2-Clause
"""python3 tools/sut/reference target|initiator ... : see --help, and reports/known/reference.md."""

import argparse
import sys

import faults
from loop import Loop


def arguments():
    parser = argparse.ArgumentParser(prog='reference', description=__doc__)
    parser.add_argument('--list-faults', action='store_true', help='the lies, with their sections of RFC 7145')
    roles = parser.add_subparsers(dest='role')
    for role in ('target', 'initiator'):
        sub = roles.add_parser(role)
        sub.add_argument('--address', required=role == 'target', help='of the target')
        sub.add_argument('--port', type=int, default=3266)
        sub.add_argument('--target-name', required=True)
        sub.add_argument('--fault', default='', metavar='NAME', help='one lie of --list-faults')
        sub.add_argument('--keepalive', type=float, default=5, metavar='S', help='seconds of silence before a ping (5)')
        if role == 'target':
            sub.add_argument('--ord', type=int, default=8, metavar='N', help='RDMA Reads that it can have under way, 0 for none (8)')
        if role == 'initiator':
            sub.add_argument('--initiator-name', required=True)
            sub.add_argument('--hello', choices=('yes', 'no'), default='yes', help='iSERHelloRequired=Yes is offered, or nothing')
            sub.add_argument('--workload', choices=('login', 'io'), default='login')
    options = parser.parse_args()
    if not options.role and not options.list_faults:
        parser.error('target or initiator?')
    return options


def main():
    options = arguments()
    if options.list_faults:
        for role, table in (('target', faults.TARGET), ('initiator', faults.INITIATOR)):
            for name, (section, rule, deed) in table.items():
                print(f'{role:9} {name:21} {section:8} {rule}: {deed}')
        return
    if options.role == 'target':
        import target
        target.run(Loop(), options)
    else:
        import initiator
        sys.exit(initiator.run(Loop(), options))


main()
