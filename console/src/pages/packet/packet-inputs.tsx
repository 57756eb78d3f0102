/** What is tested: a capture file that is dropped, or a packet that is typed, and its direction. */
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FileDropzone from '@cloudscape-design/components/file-dropzone';
import FileInput from '@cloudscape-design/components/file-input';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { macBytes } from '../../../../src/wire/ethernet.js';
import { CAPTURE_LIMITS } from '../../model/packet/capture-bytes.js';
import { type DirectionRule, MAXIMUM_PACKETS } from '../../model/packet/capture-test.js';
import { hasPorts, type PacketFields, packetFrame, packetWords } from '../../model/packet/packet-words.js';
import { SelectField, TextField } from '../../parts/fields.js';
import type { TestInput } from './protocol.js';

const FIRST_PACKET: PacketFields = {
  protocol: 'tcp',
  sourceAddress: '',
  sourcePort: '',
  destinationAddress: '',
  destinationPort: '',
  length: '',
};

const PROTOCOLS = [
  { value: 'tcp', label: 'TCP (6)' },
  { value: 'udp', label: 'UDP (17)' },
  { value: 'icmp', label: 'ICMP (1)' },
  { value: 'icmp6', label: 'ICMPv6 (58)' },
  { value: 'gre', label: 'GRE (47)' },
  { value: 'esp', label: 'ESP (50)' },
  { value: 'sctp', label: 'SCTP (132)' },
  { value: 'arp', label: 'ARP' },
];

const MEBIBYTE = 1 << 20;
const LIMITS_TEXT = `pcap or pcapng, Ethernet, also compressed (.gz). The first ${MAXIMUM_PACKETS.toLocaleString('en')} packets of at most ${CAPTURE_LIMITS.captureBytes / MEBIBYTE} MiB are tested. The file stays in this browser.`;

const DIRECTIONS = [
  { value: 'ingress', label: 'Inbound' },
  { value: 'egress', label: 'Outbound' },
  { value: 'mac', label: 'By MAC address of the source' },
];

interface PacketInputsProps {
  readonly input: TestInput | undefined;
  readonly onInput: (input: TestInput | undefined) => void;
  readonly onDirection: (direction: DirectionRule | undefined) => void;
}

/** The two ways to say what is tested, side by side. */
export function PacketInputs({ input, onInput, onDirection }: PacketInputsProps) {
  return (
    <SpaceBetween size="l">
      <DirectionFields onDirection={onDirection} />
      <ColumnLayout columns={2} borders="vertical">
        <CaptureFile file={input?.kind === 'file' ? input.file : undefined} onInput={onInput} />
        <TypedPacket onInput={onInput} />
      </ColumnLayout>
    </SpaceBetween>
  );
}

function DirectionFields({ onDirection }: Pick<PacketInputsProps, 'onDirection'>) {
  const [kind, setKind] = useState('ingress');
  const [mac, setMac] = useState('');
  const [isTouched, setTouched] = useState(false);
  const bytes = macBytes(mac.trim());
  const choose = (nextKind: string, nextMac: string): void => {
    setKind(nextKind);
    setMac(nextMac);
    const egressMac = macBytes(nextMac.trim());
    if (nextKind !== 'mac') onDirection(nextKind as DirectionRule);
    else onDirection(egressMac && { egressMac });
  };
  return (
    <ColumnLayout columns={2}>
      <SelectField
        label="Direction"
        description="Which rules the packets meet."
        path="direction"
        value={kind}
        options={DIRECTIONS}
        onChange={(value) => choose(value, mac)}
        onBlur={() => {}}
        error={undefined}
      />
      {kind === 'mac' && (
        <TextField
          label="MAC address"
          description="Frames that it sent are outbound, all others inbound."
          placeholder="02:00:00:00:00:01"
          path="mac"
          value={mac}
          onChange={(value) => choose(kind, value)}
          onBlur={() => setTouched(true)}
          error={isTouched && bytes === undefined ? 'Enter six pairs of hexadecimal digits.' : undefined}
        />
      )}
    </ColumnLayout>
  );
}

interface CaptureFileProps {
  readonly file: File | undefined;
  readonly onInput: PacketInputsProps['onInput'];
}

function CaptureFile({ file, onInput }: CaptureFileProps) {
  const choose = ({ detail }: { detail: { value: File[] } }): void => {
    const [chosen] = detail.value;
    if (chosen !== undefined) onInput({ kind: 'file', file: chosen });
  };
  return (
    <SpaceBetween size="s">
      <Header variant="h3">Capture file</Header>
      <FormField constraintText={LIMITS_TEXT}>
        <FileDropzone onChange={choose}>
          <SpaceBetween size="xs" alignItems="center">
            <Box color="text-body-secondary">Drop a capture file here</Box>
            <FileInput
              ariaLabel="Choose capture file"
              value={file === undefined ? [] : [file]}
              onChange={choose}
            >
              Choose file
            </FileInput>
          </SpaceBetween>
        </FileDropzone>
      </FormField>
      {file !== undefined && (
        <SpaceBetween direction="horizontal" size="xs" alignItems="center">
          <Box>{`${file.name}, ${file.size.toLocaleString('en')} bytes`}</Box>
          <Button variant="inline-link" onClick={() => onInput(undefined)}>
            Remove file
          </Button>
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}

function TypedPacket({ onInput }: Pick<PacketInputsProps, 'onInput'>) {
  const [fields, setFields] = useState(FIRST_PACKET);
  const [problem, setProblem] = useState<string>();
  const bind = (name: keyof PacketFields) => ({
    path: name,
    value: fields[name],
    onChange: (value: string) => setFields((before) => ({ ...before, [name]: value })),
    onBlur: () => {},
    error: undefined,
  });
  const tryPacket = (): void => {
    const made = packetFrame(fields);
    setProblem('problem' in made ? made.problem : undefined);
    if ('frame' in made) onInput({ kind: 'packet', frame: made.frame, words: packetWords(fields) });
  };
  const isIp = fields.protocol !== 'arp';
  const isWithPorts = hasPorts(fields);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        tryPacket();
      }}
    >
      <SpaceBetween size="s">
        <Header variant="h3">Packet</Header>
        <SelectField label="Protocol" options={PROTOCOLS} {...bind('protocol')} />
        <ColumnLayout columns={2}>
          <TextField
            label="Source address"
            disabled={!isIp}
            placeholder="10.1.0.2"
            {...bind('sourceAddress')}
          />
          <TextField label="Source port" numeric disabled={!isWithPorts} {...bind('sourcePort')} />
          <TextField
            label="Destination address"
            disabled={!isIp}
            placeholder="10.1.0.1"
            {...bind('destinationAddress')}
          />
          <TextField label="Destination port" numeric disabled={!isWithPorts} {...bind('destinationPort')} />
        </ColumnLayout>
        <TextField
          label="Length"
          optional
          numeric
          constraint="Bytes of the frame, from its Ethernet header on."
          {...bind('length')}
        />
        <FormField errorText={problem}>
          <Button formAction="submit">Try packet</Button>
        </FormField>
      </SpaceBetween>
    </form>
  );
}
