# frozen_string_literal: true

# What the pages of the administration list: announcements, hashtags, blocks of usernames, webhooks, and more.
class AddAdminLists < ActiveRecord::Migration[7.2]
  def up
    extend_username_blocks
    create_texts
    create_reviewed
    create_federation
    create_people
    create_custom_emojis
  end

  def down = raise(ActiveRecord::IrreversibleMigration)

  private

  def extend_username_blocks
    change_table :username_blocks, bulk: true do |t|
      t.string :normalized_username
      t.boolean :exact, null: false, default: false
      t.boolean :allow_with_approval, null: false, default: false
      t.index 'lower((username)::text)', unique: true, name: 'index_username_blocks_on_username_lower_btree'
      t.index :normalized_username
    end
    execute 'UPDATE username_blocks SET normalized_username = username, exact = true'
    change_column_null :username_blocks, :normalized_username, false
    remove_index :username_blocks, :username
  end

  def create_texts
    create_table :announcements do |t|
      t.text :text, null: false, default: ''
      t.boolean :published, null: false, default: false
      t.boolean :all_day, null: false, default: false
      t.datetime :scheduled_at
      t.datetime :starts_at
      t.datetime :ends_at
      t.datetime :published_at
      t.bigint :status_ids, array: true
      t.timestamps
    end

    create_table :account_warning_presets do |t|
      t.text :text, null: false, default: ''
      t.string :title, null: false, default: ''
      t.timestamps
    end
  end

  def create_reviewed
    create_table :tags do |t|
      t.string :name, null: false, default: ''
      t.boolean :usable
      t.boolean :trendable
      t.boolean :listable
      t.datetime :reviewed_at
      t.datetime :requested_review_at
      t.string :display_name
      t.timestamps
      t.index 'lower((name)::text) text_pattern_ops', unique: true, name: 'index_tags_on_name_lower_btree'
    end

    create_table :preview_card_providers do |t|
      t.string :domain, null: false, default: '', index: { unique: true }
      t.boolean :trendable
      t.datetime :reviewed_at
      t.datetime :requested_review_at
      t.timestamps
    end
  end

  def create_federation
    create_table :relays do |t|
      t.string :inbox_url, null: false, default: ''
      t.string :follow_activity_id
      t.integer :state, null: false, default: 0
      t.timestamps
    end

    create_table :webhooks do |t|
      t.string :url, null: false, index: { unique: true }
      t.string :events, array: true, null: false, default: []
      t.string :secret, null: false, default: ''
      t.boolean :enabled, null: false, default: true
      t.text :template
      t.timestamps
    end
  end

  def create_people
    create_table :invites do |t|
      t.references :user, null: false, foreign_key: { on_delete: :cascade }
      t.string :code, null: false, default: '', index: { unique: true }
      t.datetime :expires_at
      t.integer :max_uses
      t.integer :uses, null: false, default: 0
      t.boolean :autofollow, null: false, default: false
      t.text :comment
      t.timestamps
    end

    create_table :follow_recommendation_suppressions do |t|
      t.references :account, null: false, index: { unique: true }, foreign_key: { on_delete: :cascade }
      t.timestamps
    end
  end

  def create_custom_emojis
    create_table :custom_emoji_categories do |t|
      t.string :name, index: { unique: true }
      t.timestamps
    end

    create_table :custom_emojis do |t|
      t.string :shortcode, null: false, default: ''
      t.string :domain
      t.string :image_file_name
      t.string :image_content_type
      t.integer :image_file_size
      t.datetime :image_updated_at
      t.boolean :disabled, null: false, default: false
      t.boolean :visible_in_picker, null: false, default: true
      t.references :category
      t.timestamps
      t.index %i(shortcode domain), unique: true
    end
  end
end
