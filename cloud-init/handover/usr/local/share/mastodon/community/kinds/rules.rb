# frozen_string_literal: true

module Community
  # The server's rules. The file's key stays when a rule is reworded, so it is tied to Mastodon's id.
  class Rules < Kind
    describes 'rule', list: 'rules', file: 'rules.md'

    FIELDS = %w(text hint priority translations).freeze

    def key(item) = item['key']

    def value(item)
      item.slice(*FIELDS).merge('translations' => item['translations'].sort_by { |translation| translation['language'] })
    end

    def summary(item) = item['text'].truncate(60, omission: '…')

    def present(wanted)
      keys = ledger.values(name).keys.index_by { |key| ledger.record(name, key) }
      same_text = wanted.reject { |key, _| ledger.managed?(name, key) }.to_h { |key, item| [item['text'], key] }
      Rule.ordered.includes(:translations).to_h do |rule|
        key = keys[rule.id.to_s] || same_text[rule.text] || "rule-#{rule.id}"
        [key, item(key, rule)]
      end
    end

    def create(change)
      Rule.create!(attributes(change).merge(translations_attributes: change.item['translations'])).id
    end

    def update(change)
      rule = Rule.find(id_of(change))
      rule.update!(attributes(change).merge(translations_attributes: translations(rule, change.item['translations'])))
      rule.id
    end

    # Soft: old reports still read.
    def delete(change) = Rule.find(id_of(change)).discard

    def adopt(change) = id_of(change)

    private

    def item(key, rule)
      {
        'key' => key, 'text' => rule.text, 'hint' => rule.hint, 'priority' => rule.priority, 'id' => rule.id,
        'translations' => rule.translations.map { |translation| translation.slice('language', 'text', 'hint') }
      }
    end

    # Of a rule that was removed in the web interface only the ledger knows it.
    def id_of(change) = change.was&.fetch('id') || ledger.record(name, change.key)

    def attributes(change) = change.item.slice('text', 'hint', 'priority')

    def translations(rule, wanted)
      known = rule.translations.index_by(&:language)
      gone = known.except(*wanted.pluck('language')).each_value.map { |translation| { id: translation.id, _destroy: true } }
      gone + wanted.map { |item| item.merge('id' => known[item['language']]&.id).compact }
    end
  end

  # The terms of service. What was published stays: people were told of it.
  class Terms < Kind
    describes 'terms', list: 'terms', file: 'terms-of-service.md'

    def key(item) = item['effectiveDate']

    def wanted(document) = [document['terms']].compact.to_h { |item| [key(item), item] }

    def value(item) = item.slice('text', 'changelog')

    def removable? = false

    def present(_wanted)
      TermsOfService.published.where.not(effective_date: nil).to_h do |terms|
        date = terms.effective_date.iso8601
        [date, { 'text' => terms.text, 'changelog' => terms.changelog, 'effectiveDate' => date }]
      end
    end

    def listed = present({}).max_by(&:first)&.last

    # Published, and announced: mails to whoever was here within a year, a page on the next visit to the others.
    def create(change)
      terms = TermsOfService.new(effective_date: change.key, published_at: Time.now.utc, **change.value.symbolize_keys)
      terms.save!
      log(:publish, terms)
      terms.touch(:notification_sent_at)
      ledger.add_job('announce', terms.id)
      nil
    end

    def update(change)
      raise Refused, "the terms of #{change.key} are published already; give changed ones another effective date"
    end
  end
end
