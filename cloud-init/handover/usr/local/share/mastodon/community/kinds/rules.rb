# frozen_string_literal: true

module Community
  # The server's rules. The file's key stays when a rule is reworded, so it is tied to Mastodon's id.
  class Rules < Kind
    describes 'rule', list: 'rules', file: 'rules.md'

    def key(item) = item['key']

    def wanted(document) = @wanted = super

    def value(item)
      translations = item['translations'].sort_by { |translation| translation['language'] }
      texts(item).merge('priority' => item['priority'], 'translations' => translations.map { |one| { 'language' => one['language'], **texts(one) } })
    end

    def summary(item) = item['text'].truncate(60, omission: '…')

    # The web interface numbers rules in its own ways: while their order is as the files want it, or as it was applied, their places are
    # the files' as well.
    def present(wanted)
      rules = Rule.ordered.includes(:translations).to_a
      keys = keys_of(rules, wanted)
      places = [wanted, ledger.values(name)].select { |items| in_order?(keys, items) }
      @present = rules.zip(keys).each_with_index.to_h do |(rule, key), index|
        [key, item(key, rule, places.filter_map { |items| items.dig(key, 'priority') }.first || (index + 1))]
      end
    end

    def listed = present({}).values.each_with_index.map { |item, index| item.merge('priority' => index + 1) }

    # Where one is made or moved, all get their numbers from the files, unless moderators have moved others.
    def apply(changes, &)
      super
      done = changes.select { |change| %i(create update).include?(change.action) }
      moved = @wanted.reject { |key, item| @present[key].nil? || @present[key]['priority'] == item['priority'] }
      return if done.empty? || (moved.keys - done.map(&:key)).any?

      @wanted.each { |key, item| Rule.where(id: @present[key]['id']).update_all(priority: item['priority']) if @present[key] }
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

    def texts(item) = { 'text' => Text.title(item['text']), 'hint' => Text.paragraphs(item['hint']) }

    def in_order?(keys, items) = keys.filter_map { |key| items.dig(key, 'priority') }.then { |places| places == places.sort }

    # By the ledger; else the name that a pull gave it, or that of a new rule with its text. No text names two.
    def keys_of(rules, wanted)
      known = ledger.values(name).keys.index_by { |key| ledger.record(name, key) }
      free = wanted.reject { |key, _| ledger.managed?(name, key) }.transform_values { |item| Text.title(item['text']) }
      own = ->(rule) { "rule-#{rule.id}" }
      named = rules.to_h { |rule| [rule, known[rule.id.to_s] || (own[rule] if free[own[rule]] == Text.title(rule.text))] }
      free = free.except(*named.values)
      rules.map { |rule| named[rule] || free.key(Text.title(rule.text))&.tap { |key| free.delete(key) } || own[rule] }
    end

    def item(key, rule, priority)
      {
        'key' => key, 'text' => rule.text, 'hint' => rule.hint, 'priority' => priority, 'id' => rule.id,
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

  # The terms of service. What was published stays: people were notified of it.
  class Terms < Kind
    describes 'terms', list: 'terms', file: 'terms-of-service.md'

    def key(item) = item['effectiveDate']

    def wanted(document) = [document['terms']].compact.to_h { |item| [key(item), item] }

    def value(item) = item.slice('text', 'changelog').transform_values { |text| Text.document(text) }

    def removable? = false

    def present(_wanted)
      TermsOfService.published.where.not(effective_date: nil).to_h do |terms|
        date = terms.effective_date.iso8601
        [date, { 'text' => terms.text, 'changelog' => terms.changelog, 'effectiveDate' => date }]
      end
    end

    def listed = present({}).max_by(&:first)&.last

    # Published, and announced: mails to all who were here within a year, a page on the next visit to the others.
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
