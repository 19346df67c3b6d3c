import type { Folder } from './folder';
import { type Entry, type Problems, refuseTwins } from './problems';
import { languageProblem } from './team';
import type { Rule, RuleTranslation } from './types';

export const RULES = 'rules.md';
/** Rule::TEXT_SIZE_LIMIT */
const LONGEST = 300;

/** A rule as it stands in the file, from its heading to before the next one's. */
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
  const parts = cut(markdown, /^## /);
  return { preamble: parts[0]?.raw ?? '', sections: parts.slice(1).map(section) };
}

function section({ raw, line }: Part): RuleSection {
  const [rule = { raw: '', line }, ...translations] = cut(raw, /^### /).filter((part) => part.raw !== '');
  const { heading, body } = headed(rule.raw);
  const [, text = '', key = ''] = /^(.*?)\s*(?:\{#([^}]*)\})?$/.exec(heading) ?? [];
  return {
    key,
    text,
    hint: body,
    translations: translations.map((part) => {
      const inner = headed(part.raw);
      const [, language = '', translated = ''] = /^([^:\s]*):?\s*(.*)$/.exec(inner.heading) ?? [];
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
  const [first = '', ...rest] = raw.trim().split('\n');
  return { heading: first.replace(/^#+\s*/, '').trim(), body: paragraphs(rest.join('\n')) };
}

/** Mastodon shows a line break where one is; in the file it may stand anywhere in a paragraph. */
function paragraphs(text: string): string {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.split('\n').map((row) => row.trim()).join(' '))
    .join('\n\n'); // prettier-ignore
}

export function rules(folder: Folder, problems: Problems): readonly Entry<Rule>[] {
  const { sections } = splitRules(folder.text(RULES) ?? '');
  const entries = sections.map(({ key, text, hint, translations, line }, i): Entry<Rule> => {
    const place = { file: RULES, line };
    judgeText(text, (problem) => {
      problems.refuse(place, `the rule ${problem}`);
    });
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

function judgeTranslation({ language, text, line }: RuleSection['translations'][number], problems: Problems) {
  const place = { file: RULES, line };
  const problem = languageProblem(language);
  if (problem) problems.refuse(place, `${problem}: ### de: the rule in German`);
  else {
    judgeText(text, (wrong) => {
      problems.refuse(place, `the translation ${wrong}`);
    });
  }
}

function judgeText(text: string, refuse: (problem: string) => void): void {
  if (text === '') refuse('has no text');
  else if (/^\d+[.)]\s/.test(text))
    refuse('has a number; leave it out: Mastodon numbers rules in their order');
  else if (text.length > LONGEST) {
    refuse(
      `has ${String(text.length)} characters of at most ${String(LONGEST)}; put the rest into the hint, below it`,
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
