/** The fields that creating and modifying a session have in common. */
import Button from '@cloudscape-design/components/button';
import type { ReactNode } from 'react';
import { packetLengthProblem } from '../../forms/fields.js';
import type { SessionSettings } from '../../forms/session-create.js';
import { packetLengthHint } from '../../model/packet-length.js';
import { SelectField, TextField } from '../../parts/fields.js';
import { FormSection } from '../../parts/form-page.js';
import type { Bound, Form } from '../../parts/use-form.js';
import type { SessionChoices } from './session-choices.js';

interface TargetFieldProps {
  readonly bound: Bound<string>;
  readonly choices: SessionChoices;
  readonly onCreate: () => void;
}

/** `Mirror target`, with `Create target` beside it. */
export function MirrorTargetField({ bound, choices, onCreate }: TargetFieldProps) {
  const { targets, targetOptions } = choices;
  return (
    <SelectField
      label="Mirror target"
      description="Where the copies go."
      options={targetOptions}
      filtering
      loading={targets.loading}
      failure={targets.error?.message}
      placeholder="Choose a target"
      empty="No mirror targets"
      secondary={
        <Button formAction="none" onClick={onCreate}>
          Create target
        </Button>
      }
      {...bound}
    />
  );
}

interface AdditionalSettingsProps<V extends SessionSettings> {
  readonly form: Form<V>;
  readonly choices: SessionChoices;
  readonly sessionNumber: Bound<string>;
  /** Which numbers are taken. */
  readonly takenText: string;
  readonly vniText: ReactNode;
  /** Stands below the packet length. */
  readonly lengthOffer?: ReactNode;
  readonly onCreateFilter: () => void;
}

/** The region `Additional settings`. */
export function AdditionalSettings<V extends SessionSettings>(props: AdditionalSettingsProps<V>) {
  const { form, choices, sessionNumber, takenText, vniText, lengthOffer, onCreateFilter } = props;
  const { filters, filterOptions } = choices;
  const settings: SessionSettings = form.values;
  const bindText = (name: keyof SessionSettings): Bound<string> =>
    form.bindAt(name, settings[name], (value) => form.set(name, value as V[typeof name]));
  const loadBalanced = choices.isLoadBalanced(settings.trafficMirrorTargetId);
  return (
    <FormSection title="Additional settings">
      <TextField
        label="Session number"
        numeric
        description="Sessions of a source are tried in ascending order, and a packet is mirrored once: 1 is tried first."
        constraint={`1 to 32766. ${takenText}`}
        {...sessionNumber}
      />
      <TextField
        label="VNI"
        optional
        numeric
        description={vniText}
        constraint="0 to 16777215."
        {...bindText('virtualNetworkId')}
      />
      <TextField
        label="Packet length"
        optional
        numeric
        description={
          loadBalanced
            ? 'Bytes of each packet that are mirrored. Empty: 8500, the most that a load balancer takes.'
            : 'Bytes of each packet that are mirrored. Empty: the entire packet.'
        }
        constraint={lengthConstraint(settings.packetLength, loadBalanced)}
        {...bindText('packetLength')}
      />
      {lengthOffer}
      <SelectField
        label="Filter"
        description="Which traffic is mirrored."
        options={filterOptions}
        filtering
        loading={filters.loading}
        failure={filters.error?.message}
        placeholder="Choose a filter"
        empty="No mirror filters"
        secondary={
          <Button formAction="none" onClick={onCreateFilter}>
            Create filter
          </Button>
        }
        {...bindText('trafficMirrorFilterId')}
      />
    </FormSection>
  );
}

/** The range, and what the first bytes hold. */
function lengthConstraint(text: string, loadBalanced: boolean): string {
  const range = loadBalanced ? '1 to 8500.' : '1 to 65535.';
  const isNumber = text.trim() !== '' && packetLengthProblem(text, loadBalanced) === undefined;
  return isNumber ? `${range} ${packetLengthHint(Number(text))}` : range;
}
