import type { Folder } from './folder';
import { headingProblem, looksLikeRules, readText } from './rule-text';
import { lengthOf, title, unixText } from './text';
import { type Entry, type Place, type Problems, refuseTwins } from './problems';
import { languageProblem } from './team';
import type { Rule, RuleTranslation } from './types';

export const RULES = 'rules.md';
/** Rule::TEXT_SIZE_LIMIT */
const LONGEST = 300;

/** A rule as the file has it, from its heading to before the next one's. */
export interface RuleSection {
  readonly key: string;
  readonly text: string;
  readonly hint: string;
  readonly translations: readonly (RuleTranslation & { readonly line: number })[];
  readonly line: number;
  readonly raw: string;
}

/** What is before the first rule, and the rules: `## Text {#key}`, a hint, `### de: Text`, its hint. */
export function splitRules(markdown: string): { preamble: string; sections: readonly RuleSection[] } {
  const parts = cut(unixText(markdown), /^## /);
  return { preamble: parts[0]?.raw ?? '', sections: parts.slice(1).map(section) };
}

function section({ raw, line }: Part): RuleSection {
  const [rule = { raw: '', line }, ...translations] = cut(raw, /^### /).filter((part) => part.raw !== '');
  const { heading, body } = headed(rule.raw);
  const [, text = '', key = ''] = /^(.*?)\s*(?:\{#([^{}]*)\})?$/u.exec(heading) ?? [];
  return {
    key,
    text,
    hint: body,
    translations: translations.map((part) => {
      const inner = headed(part.raw);
      const [, language = '', translated = ''] = /^([^:\s]*):?\s*(.*)$/u.exec(inner.heading) ?? [];
      return { language, text: translated, hint: inner.body, line: line + part.line - 1 };
    }),
    line,
    raw,
  };
}

interface Part {
  raw: string;
  /** Of the part's first line, from 1. */
  line: number;
}

/** Cuts before each line that begins like `start`; the first part is what is before them all. */
function cut(text: string, start: RegExp): Part[] {
  const parts: Part[] = [{ raw: '', line: 1 }];
  text.split(/(?<=\n)/).forEach((row, i) => {
    const last = parts.at(-1);
    if (start.test(row) || !last) parts.push({ raw: row, line: i + 1 });
    else last.raw += row;
  });
  return parts;
}

function headed(raw: string): { heading: string; body: string } {
  const end = raw.includes('\n') ? raw.indexOf('\n') : raw.length;
  return { heading: title(raw.slice(0, end).replace(/^#+ /, '')), body: readText(raw.slice(end)) };
}

export function rules(folder: Folder, problems: Problems): readonly Entry<Rule>[] {
  const { preamble, sections } = splitRules(folder.text(RULES) ?? '');
  judgeHeadings(folder.text(RULES) ?? '', problems);
  if (sections.length === 0 && looksLikeRules(preamble)) {
    problems.refuse(
      { file: RULES, line: 1 },
      'has a text, but no rule; begin each rule with a line such as ## Be kind {#be-kind}',
    );
  }
  const entries = sections.map(({ key, text, hint, translations, line }, i): Entry<Rule> => {
    const place = { file: RULES, line };
    judgeText(text, place, 'the rule', problems);
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(key)) {
      const wrong = key === '' ? 'the rule has no name' : `{#${key}} is no name for a rule`;
      problems.refuse(
        place,
        `${wrong}; end the line with ${keyOf(text)}: it stays when the rule is reworded`,
      );
    }
    for (const translation of translations) judgeTranslation(translation, problems);
    refuseTwins(
      problems,
      translations.map((value) => ({ value, place: { file: RULES, line: value.line } })),
      ({ language }) => language,
    );
    const plain = translations.map(({ language, text, hint }) => ({ language, text, hint }));
    return { value: { key, text, hint, priority: i + 1, translations: plain }, place };
  });
  refuseTwins(problems, entries, ({ key }) => key, ({ key }) => `{#${key}}`); // prettier-ignore
  return entries;
}

function judgeHeadings(markdown: string, problems: Problems): void {
  const rows = unixText(markdown).split('\n');
  rows.forEach((row, i) => {
    const place = { file: RULES, line: i + 1 };
    const problem = headingProblem(row);
    if (problem !== undefined) {
      problems.refuse(
        place,
        `${problem}; write ## Be kind {#be-kind} for a rule, and \\ in front of what is only a text`,
      );
    }
    if (i > 1 && /^(=+|-{2,})$/.test(row) && (rows[i - 1] ?? '').trim() !== '') {
      problems.warn(
        place,
        'underlines no heading here; a rule begins with a line such as ## Be kind {#be-kind}',
      );
    }
  });
}

function judgeTranslation({ language, text, line }: RuleSection['translations'][number], problems: Problems) {
  const place = { file: RULES, line };
  const problem = languageProblem(language);
  if (problem && !LOCALE.test(language)) problems.refuse(place, `${problem}: ### de: the rule in German`);
  else {
    if (problem) problems.warn(place, problem);
    judgeText(text, place, 'the translation', problems);
  }
}

/** Mastodon takes any, and offers some that have no name elsewhere, such as `zh-YUE`. */
const LOCALE = /^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/;

function judgeText(text: string, place: Place, what: string, problems: Problems): void {
  if (text === '') problems.refuse(place, `${what} has no text`);
  const length = lengthOf(text);
  if (/^\d+[.)]\s/.test(text)) {
    problems.warn(place, `${what} has a number; leave it out: Mastodon numbers rules in their order`);
  }
  if (length > LONGEST) {
    problems.refuse(
      place,
      `${what} has ${String(length)} characters of at most ${String(LONGEST)}; put the rest into the hint, below it`,
    );
  }
}

/** A name for a rule, of its first words: `Be kind to all` → `{#be-kind-to-all}`. */
export function keyOf(text: string): string {
  const words = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9\s-]/g, '')
    .split(/[\s-]+/)
    .filter(Boolean);
  return `{#${words.slice(0, 4).join('-') || 'rule'}}`;
}
