# frozen_string_literal: true

module Community
  # Texts that moderators choose from when they warn an account.
  class WarningPresets < NamedList
    describes 'warningPreset', list: 'warning_presets', file: 'warning-presets.yaml'
    lists ::AccountWarningPreset, 'title', 'text', log: false
  end
end
