/**
 * As replay-corpus.ts, for IPv6: `replay` of the corpus under one rule and tcpdump with the expression of the
 * same words pick the same frames. libpcap walks extension headers with `protochain` only, and takes whatever
 * number it meets for a protocol; where that differs from a rule on purpose, the frame is named here.
 */
import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';
import t from 'tap';
import { captures, skipWithoutCaptures } from '../fixtures/captures.js';
import { mergeCaptures } from '../fixtures/frames/tshark.js';
import { skipWithoutBuild, trafficMirror } from '../fixtures/live/command.js';
import { type CorpusFrame, corpus } from '../fixtures/live/corpus.js';
