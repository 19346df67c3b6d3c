# frozen_string_literal: true

# The machine's own comparison of one document with another, for tests. Nothing that is written stays.
require 'active_support/testing/time_helpers'
%w(text ledger change plan kind kinds/people kinds/rules kinds/settings kinds/blocks).each { |part| require "/community/#{part}" }

module Community
  module Compare
    KINDS = [Roles, Members, Rules, Terms, Settings, DomainAllows, DomainBlocks, EmailDomainBlocks, IpBlocks].freeze
    # Where Kind#present does more than list what there is, it reads real rows.
    ROWS = {
      'rule' => lambda do |document|
        document['rules'].each do |rule|
          id = rule['key'].delete_prefix('rule-').to_i
          Rule.insert({ id:, **rule.slice('text', 'hint', 'priority') })
          rule['translations'].each { |one| RuleTranslation.insert({ rule_id: id, **one }) }
        end
      end,
      'domainBlock' => lambda do |document|
        document['domainBlocks'].each do |block|
          DomainBlock.insert({
            domain: block['domain'], severity: block['severity'], reject_media: block['rejectMedia'], reject_reports: block['rejectReports'],
            public_comment: block['publicComment'], obfuscate: block['obfuscate'], private_comment: "[as code] #{block['reasonUrl']}"
          })
        end
      end
    }.freeze

    extend ActiveSupport::Testing::TimeHelpers

    module_function

    # @return for each case what is compared of the server, and what is done about each thing
    def cases(file)
      question = JSON.parse(File.read(file))
      Ledger.open
      travel_to(Time.iso8601(question['now'])) { question['cases'].map { |one| undone { decided(*one.values_at('wanted', 'applied', 'present')) } } }
    end

    # Rules as rows, as the ledger knows them (key: id, value), and as the file wants them: the keys the server's get, and how they lie after an apply.
    def rules(file)
      question = JSON.parse(File.read(file))
      Ledger.open
      undone do
        ROWS['rule'].call(question)
        known = question['ledger'].map { |key, (id, value)| { kind: 'rule', key:, record: id.to_s, value: value.except('key') } }
        Ledger::Entry.insert_all(known) if known.any?
        ledger = Ledger.new
        kind = Rules.new(ledger)
        names = kind.present(question['wanted'].index_by { |rule| rule['key'] }).keys
        plan = Plan.new([kind], { 'rules' => question['wanted'] }, [])
        actions = (plan.changes + plan.conflicts + plan.drift).to_h { |change| [change.key, change.action] }
        plan.carry_out(ledger)
        { names:, actions:, refused: plan.refusals.map(&:last), order: Rule.kept.order(:priority, :id).pluck(:priority, :text) }
      end
    end

    def undone
      answer = nil
      ApplicationRecord.transaction do
        answer = yield
        raise ActiveRecord::Rollback
      end
      answer
    end

    def decided(wanted, applied, present)
      remember(applied)
      ledger = Ledger.new
      kinds = KINDS.map { |kind| kind.new(ledger).tap { |one| shows(one, present) } }
      plan = Plan.new(kinds, wanted, [])
      { values: values(present), actions: (plan.changes + plan.conflicts + plan.drift).to_h { |change| [change.name, change.action] },
        drift: kinds.flat_map { |kind| drifted(kind) } }
    end

    def values(document)
      KINDS.to_h { |kind| [kind.kind, kind.new(Ledger.new).then { |one| one.wanted(document).transform_values { |item| one.value(item) } }] }
    end

    def remember(document)
      entries = values(document).flat_map do |kind, all|
        all.map { |key, value| { kind:, key:, value:, record: kind == 'rule' ? key.delete_prefix('rule-') : nil } }
      end
      Ledger::Entry.insert_all(entries) if entries.any?
    end

    def shows(kind, document)
      return ROWS[kind.name].call(document) if ROWS.key?(kind.name)

      items = kind.class.new(kind.ledger).wanted(document)
      kind.define_singleton_method(:present) { |_wanted| items }
    end

    def drifted(kind)
      present = kind.present({}).transform_values { |item| kind.value(item) }
      kind.applied.filter_map { |key, value| { kind: kind.name, key:, server: present[key], lastApplied: value } if present[key] != value }
    end
  end
end
