# frozen_string_literal: true

# Blocks, terms of service, the audit log, and what of other servers they act on.
class AddModeration < ActiveRecord::Migration[7.2]
  def change
    create_blocks
    create_terms_of_services
    create_admin_action_logs
    create_site_uploads
    extend_users
    extend_accounts
  end

  private

  def create_blocks
    create_table :domain_blocks do |t|
      t.string :domain, null: false, default: '', index: { unique: true }
      t.integer :severity, default: 0
      t.boolean :reject_media, null: false, default: false
      t.boolean :reject_reports, null: false, default: false
      t.text :private_comment
      t.text :public_comment
      t.boolean :obfuscate, null: false, default: false
      t.timestamps
    end

    create_table :domain_allows do |t|
      t.string :domain, null: false, default: '', index: { unique: true }
      t.timestamps
    end

    create_table :email_domain_blocks do |t|
      t.string :domain, null: false, default: '', index: { unique: true }
      t.references :parent, foreign_key: { to_table: :email_domain_blocks, on_delete: :cascade }
      t.boolean :allow_with_approval, null: false, default: false
      t.timestamps
    end

    create_table :ip_blocks do |t|
      t.inet :ip, null: false, default: '0.0.0.0', index: { unique: true }
      t.integer :severity, null: false, default: 0
      t.text :comment, null: false, default: ''
      t.datetime :expires_at
      t.timestamps
    end
  end

  def create_terms_of_services
    create_table :terms_of_services do |t|
      t.text :text, null: false, default: ''
      t.text :changelog, null: false, default: ''
      t.datetime :published_at
      t.datetime :notification_sent_at
      t.date :effective_date, index: { unique: true, where: 'effective_date IS NOT NULL' }
      t.timestamps
    end
  end

  def create_admin_action_logs
    create_table :admin_action_logs do |t|
      t.references :account, null: false, foreign_key: { on_delete: :cascade }
      t.string :action, null: false, default: ''
      t.string :target_type
      t.bigint :target_id
      t.string :human_identifier
      t.timestamps
      t.index %i(target_type target_id)
    end
  end

  def create_site_uploads
    create_table :site_uploads do |t|
      t.string :var, null: false, default: '', index: { unique: true }
      t.string :file_file_name
      t.string :file_content_type
      t.integer :file_file_size
      t.datetime :file_updated_at
      t.timestamps
    end
  end

  def extend_users
    change_table :users do |t|
      t.string :reset_password_token, index: { unique: true }
      t.datetime :reset_password_sent_at
      t.datetime :current_sign_in_at
      t.boolean :require_tos_interstitial, null: false, default: false
    end

    create_table :session_activations do |t|
      t.string :session_id, null: false, index: { unique: true }
      t.references :user, null: false, foreign_key: { on_delete: :cascade }
      t.timestamps
    end
  end

  def extend_accounts
    change_table :accounts do |t|
      t.datetime :silenced_at
      t.datetime :suspended_at
      t.integer :suspension_origin
    end

    create_table :follows do |t|
      t.references :account, null: false, foreign_key: { on_delete: :cascade }
      t.references :target_account, null: false, foreign_key: { to_table: :accounts, on_delete: :cascade }
      t.timestamps
      t.index %i(account_id target_account_id), unique: true
    end

    # Mastodon's is a materialized view; schema.rb knows none.
    create_table :instances, id: :string, primary_key: :domain
  end
end
