/** What the server has, in the form in which the files say it: what is the same compares as the same. */
import { normalRange } from './blocks';
import { normalMoment } from './moment';
import type { Server } from './types';
import { document, lines, paragraphs, title } from './text';

type There = Server['community'];

export function normalServer(there: There): There {
  return {
    ...there,
    rules: there.rules.map(({ key, text, hint, priority, translations }) => ({
      key,
      text: title(text),
      hint: paragraphs(hint),
      priority,
      translations: translations.map((one) => ({
        language: one.language,
        text: title(one.text),
        hint: paragraphs(one.hint),
      })),
    })),
    ...(there.terms && {
      terms: {
        text: document(there.terms.text),
        changelog: document(there.terms.changelog),
        effectiveDate: there.terms.effectiveDate,
      },
    }),
    settings: Object.fromEntries(
      Object.entries(there.settings).map(([key, value]) => [key, normalSetting(value)]),
    ),
    domainBlocks: there.domainBlocks.map((block) => ({
      domain: block.domain,
      severity: block.severity,
      rejectMedia: block.rejectMedia,
      rejectReports: block.rejectReports,
      publicComment: lines(block.publicComment),
      obfuscate: block.obfuscate,
      reasonUrl: block.reasonUrl,
    })),
    ipBlocks: there.ipBlocks.map(({ ip, severity, comment, expiresAt }) => ({
      ip: normalRange(ip),
      severity,
      comment: lines(comment),
      ...(expiresAt !== undefined && { expiresAt: normalMoment(expiresAt) }),
    })),
  };
}

const normalSetting = (value: unknown) => (typeof value === 'string' ? document(value) : (value ?? ''));
