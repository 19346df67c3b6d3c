# frozen_string_literal: true

class AddTranslationsToRules < ActiveRecord::Migration[7.2]
  def change
    create_table :rule_translations do |t|
      t.references :rule, null: false, foreign_key: { on_delete: :cascade }
      t.string :language, null: false
      t.text :text, null: false, default: ''
      t.text :hint, null: false, default: ''
      t.timestamps
      t.index %i(rule_id language), unique: true
    end
  end
end
