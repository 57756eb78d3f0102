/** Add an inbound or outbound rule to a filter. */
import Button from '@cloudscape-design/components/button';
import { useRef, useState } from 'react';
import { callEc2 } from '../../aws/ec2.js';
import { fieldOf } from '../../forms/error-fields.js';
import { ruleFieldOf } from '../../forms/filter-creation.js';
import { newRuleFields, type RuleFields, ruleParameters } from '../../forms/rule-fields.js';
import { ruleProblems, takenNumberProblem } from '../../forms/rule-problems.js';
import { type TagRow, tagSpecification, tagsProblem } from '../../forms/tags.js';
import { type Filter, rulesIn } from '../../model/filter.js';
import { KINDS } from '../../model/kinds.js';
import { DIRECTION_WORDS, type Direction } from '../../model/rule.js';
import { FlashLink, useFlash } from '../../parts/flash.js';
import { FormPage } from '../../parts/form-page.js';
import { useNavigate, useRoute } from '../../parts/router.js';
import { useSession } from '../../parts/session.js';
import { TagsSection } from '../../parts/tags-section.js';
import { type Form, useForm } from '../../parts/use-form.js';
import { filterBreadcrumbs } from './breadcrumbs.js';
import { RuleSection } from './rule-section.js';
import { rulesTabHref } from './rules-tab-href.js';
import { WithFilter } from './with-filter.js';

interface Values extends RuleFields {
  readonly tags: readonly TagRow[];
}

/** The page. Its route has the parameters `id` and `direction`. */
export function RuleAdd() {
  const { id = '', direction } = useRoute().params;
  const chosen = direction === 'egress' ? 'egress' : 'ingress';
  return (
    <WithFilter id={id} title={titleOf(chosen)}>
      {(filter) => <RuleAddForm filter={filter} direction={chosen} />}
    </WithFilter>
  );
}

interface RuleAddFormProps {
  readonly filter: Filter;
  readonly direction: Direction;
}

function RuleAddForm({ filter, direction }: RuleAddFormProps) {
  const { client } = useSession();
  const flash = useFlash();
  const navigate = useNavigate();
  const another = useRef(false);
  const [holders, setHolders] = useState<ReadonlyMap<number, string>>(
    () => new Map(rulesIn(filter, direction).map((one) => [one.ruleNumber, one.trafficMirrorFilterRuleId])),
  );
  const id = filter.trafficMirrorFilterId;
  const title = titleOf(direction);
  const back = rulesTabHref(id, direction);
  const { lower } = DIRECTION_WORDS[direction];
  const form: Form<Values> = useForm<Values>({
    initial: { ...newRuleFields([...holders.keys()]), tags: [] },
    validate: (values) => {
      const problems = ruleProblems(values);
      const holder = holders.get(Number(values.ruleNumber));
      const taken = holder && takenNumberProblem(values.ruleNumber, direction, holder);
      return { ...problems, ruleNumber: problems.ruleNumber ?? taken, tags: tagsProblem(values.tags) };
    },
    send: async (values, tokens) => {
      const parameters = {
        TrafficMirrorFilterId: id,
        ...ruleParameters(values, direction),
        TagSpecification: tagSpecification(KINDS.rule.type, '', values.tags),
      };
      const ClientToken = tokens.of('rule', parameters);
      await callEc2(client, 'CreateTrafficMirrorFilterRule', { ...parameters, ClientToken });
      flash.success(
        <>
          Added {lower} rule {Number(values.ruleNumber)} to <FlashLink href={back}>{id}</FlashLink>
        </>,
      );
      if (!another.current) return navigate(back, true);
      const next = new Map(holders).set(Number(values.ruleNumber), 'the rule before');
      setHolders(next);
      tokens.forget();
      form.reset({ ...newRuleFields([...next.keys()]), tags: [] });
    },
    fieldOf: (error) => {
      const field = fieldOf(error);
      return field && ruleFieldOf(field, form.values.protocol === 'custom');
    },
  });
  const submit = (repeat: boolean) => (): Promise<void> => {
    another.current = repeat;
    return form.submit();
  };
  return (
    <FormPage
      title={title}
      description={id}
      breadcrumbs={filterBreadcrumbs(id, {
        text: title,
        href: `${KINDS.filter.hrefOf(id)}/rules/${direction}/add`,
      })}
      form={{ ...form, submit: submit(false) }}
      submitLabel="Add rule"
      cancelHref={back}
      secondary={
        <Button formAction="none" disabled={form.submitting} onClick={submit(true)}>
          Add rule and another
        </Button>
      }
    >
      <RuleSection form={form} title={`${DIRECTION_WORDS[direction].adjective} rule`} />
      <TagsSection resourceType={KINDS.rule.type} {...form.bind('tags')} />
    </FormPage>
  );
}

function titleOf(direction: Direction): string {
  return `Add ${DIRECTION_WORDS[direction].lower} rule`;
}
