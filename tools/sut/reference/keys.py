# SPDX-License-Identifier: BSD-2-Clause
"""Text keys: the format (RFC 7143 6.1), and how a target answers them (RFC 7143 13, RFC 7145 6)."""

import re

RESERVED_WORDS = ('Reject', 'Irrelevant', 'NotUnderstood')
SEGMENT = (512, (1 << 24) - 1)


class NegotiationError(Exception):
    """A negotiation that cannot go on: the peer's error."""


def pack(pairs):
    return b''.join(f'{key}={value}'.encode() + b'\0' for key, value in pairs)


def unpack(text):
    """Pairs, in their order; NegotiationError where the format is broken or a key comes twice."""
    pairs, seen = [], set()
    if text and not text.endswith(b'\0'):
        raise NegotiationError('the last pair has no null delimiter')
    for part in text.split(b'\0'):
        if not part:
            continue
        key, equals, value = part.partition(b'=')
        try:
            key, value = key.decode('ascii'), value.decode()
        except UnicodeDecodeError:
            raise NegotiationError('a key or value is not UTF-8') from None
        # A standard-label begins with a capital letter (6.1), which iSERHelloRequired and iSCSIProtocolLevel do not.
        if not equals or not re.fullmatch(r'[A-Za-z][-A-Za-z0-9.+@_#]{0,62}', key) or len(value) > 255:
            raise NegotiationError(f'not a pair of key and value: {part[:80]!r}')
        if key in seen:
            raise NegotiationError(f'{key} comes twice')
        seen.add(key)
        pairs.append((key, value))
    return pairs


def number(value, low, high):
    """The number that a numerical-value is; ValueError when it is none or not within the bounds."""
    if re.fullmatch(r'0|[1-9][0-9]{0,19}', value):
        found = int(value)
    elif re.fullmatch(r'0[xX][0-9a-fA-F]{1,16}', value):
        found = int(value, 16)
    else:
        raise ValueError(value)
    if not low <= found <= high:
        raise ValueError(value)
    return found


def truth(value):
    if value not in ('Yes', 'No'):
        raise ValueError(value)
    return value == 'Yes'


def word(value):
    return 'Yes' if value else 'No'


# Numbers: bounds, our own value, and which of both is the result.
NUMBERS = {
    'TargetRecvDataSegmentLength': (*SEGMENT, 8192, min),
    'InitiatorRecvDataSegmentLength': (*SEGMENT, 8192, min),
    'MaxConnections': (1, 65535, 1, min),
    'MaxBurstLength': (*SEGMENT, 262144, min),
    'FirstBurstLength': (*SEGMENT, 16384, min),
    'DefaultTime2Wait': (0, 3600, 0, max),
    'DefaultTime2Retain': (0, 3600, 0, min),
    'MaxOutstandingR2T': (1, 65535, 1, min),
    'ErrorRecoveryLevel': (0, 2, 0, min),
    'iSCSIProtocolLevel': (0, 31, 1, min),
}
# Booleans: our own value, and the function.
TRUTHS = {
    'RDMAExtensions': (True, 'and'),
    'InitialR2T': (False, 'or'),
    'ImmediateData': (True, 'and'),
    'DataPDUInOrder': (True, 'or'),
    'DataSequenceInOrder': (True, 'or'),
}
DEFAULTS = {
    'TargetRecvDataSegmentLength': 8192, 'InitiatorRecvDataSegmentLength': 8192, 'MaxConnections': 1,
    'MaxBurstLength': 262144, 'FirstBurstLength': 65536, 'DefaultTime2Wait': 2, 'DefaultTime2Retain': 20,
    'MaxOutstandingR2T': 1, 'ErrorRecoveryLevel': 0, 'RDMAExtensions': False, 'InitialR2T': True, 'ImmediateData': True,
    'DataPDUInOrder': True, 'DataSequenceInOrder': True, 'MaxOutstandingUnexpectedPDUs': 0,
    'TaggedBufferForSolicitedDataOnly': False, 'MaxAHSLength': 256, 'SessionType': 'Normal', 'iSCSIProtocolLevel': 1,
}
SECURITY_KEYS = ('SessionType', 'InitiatorName', 'TargetName', 'TargetAddress', 'InitiatorAlias', 'TargetAlias',
                 'TargetPortalGroupTag', 'AuthMethod')


class TargetKeys:
    """What was agreed in one login, and the answers. `hello_key` of the result: True, False, or None when never mentioned."""

    def __init__(self, fault):
        self.fault = fault
        self.values = dict(DEFAULTS)
        self.told = set()
        self.hello_key = None

    def __getitem__(self, key):
        return self.values[key]

    def answers(self, pairs, operational):
        """The pairs that answer `pairs`; NegotiationError for what ends the login."""
        out = []
        for key, value in pairs:
            if key in self.told:
                raise NegotiationError(f'{key} was sent before')
            self.told.add(key)
            if value in RESERVED_WORDS:
                raise NegotiationError(f'{key}={value} is no proposal')
            if (key not in SECURITY_KEYS and not operational and not key.startswith('X')) or (key == 'AuthMethod' and operational):
                raise NegotiationError(f'{key} has no place in this stage')
            try:
                answer = self.answer(key, value)
            except ValueError:
                answer = 'Reject'
            if answer is not None:
                out.append((key, answer))
        return out

    def answer(self, key, value):
        values = self.values
        if key in NUMBERS:
            low, high, ours, function = NUMBERS[key]
            values[key] = function(number(value, low, high), ours)
            if key == 'FirstBurstLength':
                values[key] = min(values[key], values['MaxBurstLength'])
            return str(values[key])
        if key in TRUTHS:
            ours, function = TRUTHS[key]
            theirs = truth(value)
            values[key] = theirs and ours if function == 'and' else theirs or ours
            return word(values[key])
        if key == 'iSERHelloRequired':
            self.hello_key = truth(value)
            if self.fault == 'key-not-understood':
                self.hello_key = False
                return 'NotUnderstood'
            # Declarative by its type (6.10), but 5.1.3 lets the initiator learn from the answer what kind of target this is.
            return value
        if key in ('MaxOutstandingUnexpectedPDUs', 'MaxAHSLength'):
            found = number(value, 0, (1 << 32) - 1)
            if found == 1:
                raise ValueError(value)
            values[key] = found
            return None
        if key == 'TaggedBufferForSolicitedDataOnly':
            values[key] = truth(value)
            return None
        if key == 'MaxRecvDataSegmentLength':
            # RFC 7145 6.2: ignored.
            return None
        if key in ('HeaderDigest', 'DataDigest', 'AuthMethod'):
            if 'None' in value.split(','):
                return 'None'
            return 'Reject'
        if key in ('IFMarker', 'OFMarker', 'IFMarkInt', 'OFMarkInt', 'SendTargets'):
            return 'Reject'
        if key == 'TaskReporting':
            return 'RFC3720' if 'RFC3720' in value.split(',') else 'Reject'
        if key == 'SessionType':
            if value not in ('Normal', 'Discovery'):
                raise NegotiationError(f'SessionType={value}')
            values[key] = value
            return None
        if key in ('InitiatorName', 'TargetName', 'InitiatorAlias'):
            values[key] = value
            return None
        if key in ('TargetAlias', 'TargetAddress', 'TargetPortalGroupTag'):
            raise NegotiationError(f'{key} is a target\'s to send')
        return 'NotUnderstood'
