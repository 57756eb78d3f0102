/** Fields of forms. Each takes `{...form.bind('name')}`. */
import Autosuggest, { type AutosuggestProps } from '@cloudscape-design/components/autosuggest';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import Textarea from '@cloudscape-design/components/textarea';
import type { ReactNode } from 'react';
import type { Bound } from './use-form.js';

interface FieldProps {
  readonly label: string;
  /** The label then ends in ` - optional`. */
  readonly optional?: boolean;
  readonly description?: ReactNode;
  /** What is allowed, below the field. */
  readonly constraint?: ReactNode;
  readonly disabled?: boolean;
  /** A button beside the field. */
  readonly secondary?: ReactNode;
}

interface FrameProps extends Omit<FieldProps, 'disabled'>, Pick<Bound<unknown>, 'path' | 'error'> {
  readonly children: ReactNode;
}

/** Label, description, constraint and problem around a control. */
function FieldFrame(props: FrameProps) {
  const { label, optional, description, constraint, secondary, path, error, children } = props;
  return (
    <div data-field={path} data-problem={error !== undefined}>
      <FormField
        label={
          optional ? (
            <span>
              {label}
              <i> - optional</i>
            </span>
          ) : (
            label
          )
        }
        description={description}
        constraintText={constraint}
        errorText={error}
        secondaryControl={secondary}
      >
        {children}
      </FormField>
    </div>
  );
}

interface TextFieldProps extends FieldProps, Bound<string> {
  readonly numeric?: boolean;
  readonly multiline?: boolean;
  readonly placeholder?: string;
  readonly type?: 'text' | 'password';
}

/** A field of text. Numbers are text, too, so that a wrong one can be shown. */
export function TextField(props: TextFieldProps) {
  const { value, onChange, onBlur, disabled, numeric, multiline, placeholder, type, ...frame } = props;
  const shared = {
    value,
    disabled: disabled ?? false,
    placeholder: placeholder ?? '',
    invalid: frame.error !== undefined,
    onChange: ({ detail }: { detail: { value: string } }) => onChange(detail.value),
    onBlur,
  };
  return (
    <FieldFrame {...frame}>
      {multiline ? (
        <Textarea {...shared} rows={2} />
      ) : (
        <Input
          {...shared}
          type={type ?? 'text'}
          inputMode={numeric ? 'numeric' : 'text'}
          autoComplete={false}
        />
      )}
    </FieldFrame>
  );
}

interface SelectFieldProps extends FieldProps, Bound<string> {
  readonly options: readonly (SelectProps.Option & { readonly value: string })[];
  /** A field in the list that filters it. */
  readonly filtering?: boolean;
  readonly loading?: boolean;
  readonly placeholder?: string;
  /** Said when there are no options. */
  readonly empty?: ReactNode;
  /** Said instead of the options that could not be read. */
  readonly failure?: string | undefined;
}

/** A choice of one of several values. A value that no option has is shown as it is. */
export function SelectField(props: SelectFieldProps) {
  const {
    value,
    onChange,
    onBlur,
    disabled,
    options,
    filtering,
    loading,
    placeholder,
    empty,
    failure,
    ...frame
  } = props;
  const chosen =
    options.find((option) => option.value === value) ?? (value === '' ? null : { value, label: value });
  return (
    <FieldFrame {...frame}>
      <Select
        selectedOption={chosen}
        options={options}
        disabled={disabled ?? false}
        placeholder={placeholder ?? ''}
        filteringType={filtering ? 'auto' : 'none'}
        filteringAriaLabel={`Filter ${frame.label}`}
        statusType={failure !== undefined ? 'error' : loading ? 'loading' : 'finished'}
        errorText={failure}
        loadingText="Loading"
        empty={empty ?? 'No options'}
        expandToViewport
        invalid={frame.error !== undefined}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
        onBlur={onBlur}
      />
    </FieldFrame>
  );
}

interface AutosuggestFieldProps extends FieldProps, Bound<string> {
  readonly options: AutosuggestProps.Options;
  readonly loading?: boolean;
  readonly placeholder?: string;
  readonly empty?: ReactNode;
  readonly failure?: string | undefined;
}

/** A field of text with suggestions. */
export function AutosuggestField(props: AutosuggestFieldProps) {
  const { value, onChange, onBlur, disabled, options, loading, placeholder, empty, failure, ...frame } =
    props;
  return (
    <FieldFrame {...frame}>
      <Autosuggest
        value={value}
        options={options}
        disabled={disabled ?? false}
        placeholder={placeholder ?? ''}
        enteredTextLabel={(text) => `Use: "${text}"`}
        statusType={failure !== undefined ? 'error' : loading ? 'loading' : 'finished'}
        errorText={failure}
        loadingText="Loading"
        empty={empty ?? 'No suggestions'}
        expandToViewport
        invalid={frame.error !== undefined}
        onChange={({ detail }) => onChange(detail.value)}
        onBlur={onBlur}
      />
    </FieldFrame>
  );
}

interface CheckboxFieldProps extends Bound<boolean> {
  /** Stands beside the box. */
  readonly label: string;
  /** Stands below the label. */
  readonly description?: ReactNode;
  readonly disabled?: boolean;
}

/** A box to check. */
export function CheckboxField({
  path,
  value,
  onChange,
  onBlur,
  error,
  label,
  description,
  disabled,
}: CheckboxFieldProps) {
  return (
    <div data-field={path} data-problem={error !== undefined}>
      <FormField errorText={error}>
        <Checkbox
          checked={value}
          description={description}
          disabled={disabled ?? false}
          onChange={({ detail }) => onChange(detail.checked)}
          onBlur={onBlur}
        >
          {label}
        </Checkbox>
      </FormField>
    </div>
  );
}
