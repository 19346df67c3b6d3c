# frozen_string_literal: true

class RuleSerializer
  def initialize(rule)
    @rule = rule
  end

  def as_json(*)
    {
      id: @rule.id.to_s,
      text: @rule.text,
      hint: @rule.hint,
      translations: @rule.translations.to_h { |translation| [translation.language, translation.slice(:text, :hint)] },
    }
  end
end
