# SPDX-License-Identifier: BSD-2-Clause
"""The lies that the reference peer can tell, one at a time, each against a sentence of RFC 7145."""

TARGET = {
    # name: (section, what it breaks, what is done)
    'reply-wrong-version': ('9.4', 'CurVer MUST be set to 10', 'the HelloReply has CurVer 9'),
    'reply-wrong-max': ('9.4', 'MaxVer MUST be set to 10', 'the HelloReply has MaxVer 1, as in the figures of appendix B'),
    'reply-reserved': ('9.4', 'reserved fields MUST be set to zero', 'all reserved bits of the HelloReply are one'),
    'reply-long': ('9.4', 'MUST only contain the iSER header', 'the HelloReply has 48 zero bytes more'),
    'reply-none': ('5.1.3', 'the target MUST return the HelloReply', 'Hello is never answered'),
    'reply-not-first': ('5.1.3', 'HelloReply MUST be the first iSER Message', 'a NOP-In comes before the HelloReply'),
    'reply-ord-high': ('5.1.3', 'iSER-ORD MUST be the minimum of both values', 'iSER-ORD is one more than the iSER-IRD of Hello'),
    'versions-accepted': ('10.1.3.2', 'MUST set REJ when versions do not overlap', 'any version is accepted'),
    'reject-stays': ('10.1.3.2', 'handling of REJ is that of format errors, 10.1.3.3: MUST terminate', 'REJ=1, and the connection stays'),
    'hello-not-awaited': ('10.1.3.4', 'no Hello first is a protocol error, handled as in 10.1.3.3', 'a command before Hello is served'),
    'hello-length-ignored': ('10.1.3.3', 'a Hello of another length MUST end the connection', 'such a Hello is answered'),
    'reply-unasked': ('6.10', 'iSERHelloRequired=No: MUST NOT perform the exchange', 'a HelloReply follows the login without any Hello'),
    'key-not-understood': ('3.3', 'the keys of section 6 MUST NOT be answered with NotUnderstood', 'iSERHelloRequired=NotUnderstood'),
    'moup-exceeded': ('8.1.2', 'outstanding unexpected PDUs MUST NOT exceed the declared number', 'NOP-Ins go on whatever was declared'),
    'buffers-few': ('8.1', 'SHOULD provision enough buffers; 6.7 declares how many it can receive', 'as many buffers as the window has, none for immediate PDUs'),
    'buffers-late': ('5.1.2', 'resources MUST be allocated prior to the final Login Response', 'buffers are posted 100 ms behind the final Login Response'),
}

INITIATOR = {
    'hello-none': ('5.1.3', 'the first iSER Message MUST be Hello', 'no Hello, though Yes was negotiated'),
    'hello-second': ('5.1.3', 'the first iSER Message MUST be Hello', 'a NOP-Out comes before Hello'),
    'hello-twice': ('9.3', 'Hello is the first iSER Message; 10.1.3.3: an illegal header', 'Hello is sent again when the HelloReply has come'),
    'hello-under-no': ('5.1.3', 'negotiated to No: MUST NOT send Hello', 'Hello, whatever was answered'),
    'hello-wrong-version': ('9.3', 'MaxVer and MinVer MUST be set to 10', 'Hello has MaxVer 9 and MinVer 9'),
    'hello-reserved': ('9.3', 'reserved fields MUST be set to zero', 'all reserved bits of Hello are one'),
    'hello-long': ('9.3', 'MUST only contain the iSER header', 'Hello has 48 zero bytes more'),
    'ird-high': ('5.1.1', 'iSER-IRD MUST NOT be more than IRD', 'iSER-IRD is four times what the queue pair answers'),
    'reject-ignored': ('10.1.3.2', 'REJ is handled as a format error: MUST terminate', 'the session goes on behind REJ=1'),
    'reply-version-ignored': ('10.1.3.3', 'illegal contents of a header field MUST end the connection', 'any CurVer and MaxVer are taken'),
    'reply-length-ignored': ('10.1.3.3', 'a HelloReply of another length MUST end the connection', 'a HelloReply of any length is taken'),
    'reply-not-awaited': ('10.1.3.4', 'no HelloReply first is a protocol error, handled as in 10.1.3.3', 'another message in its place is taken'),
    'moup-exceeded': ('8.1.1.3', 'outstanding unexpected PDUs MUST NOT exceed the declared number', 'immediate pings go on whatever was declared'),
    'buffers-few': ('8.1.2', 'the declared number is what it can receive', 'one receive buffer beside those for responses'),
    'buffers-late': ('5.1.1', 'resources after the final Login Response: iSERHelloRequired SHOULD be negotiated to Yes',
                     'buffers are posted 100 ms behind the final Login Response, with iSERHelloRequired=No'),
}
