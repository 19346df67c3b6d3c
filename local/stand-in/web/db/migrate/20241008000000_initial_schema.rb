# frozen_string_literal: true

# What a server of 4.3 has, as far as the stand-in knows it.
class InitialSchema < ActiveRecord::Migration[7.2]
  def change
    create_accounts
    create_oauth
    create_statuses
    create_instance_settings
  end

  private

  def create_accounts
    create_table :user_roles do |t|
      t.string :name, null: false, default: ''
      t.string :color, null: false, default: ''
      t.integer :position, null: false, default: 0
      t.bigint :permissions, null: false, default: 0
      t.boolean :highlighted, null: false, default: false
      t.timestamps
    end

    create_table :accounts do |t|
      t.string :username, null: false
      t.string :domain
      t.string :display_name, null: false, default: ''
      t.text :note, null: false, default: ''
      t.string :actor_type
      t.boolean :locked, null: false, default: false
      t.text :private_key
      t.text :public_key, null: false, default: ''
      t.timestamps
      t.index "lower(username), COALESCE(lower(domain), '')", unique: true, name: :index_accounts_on_username_and_domain_lower
    end

    create_table :users do |t|
      t.string :email, null: false, index: { unique: true }
      t.string :encrypted_password, null: false, default: ''
      t.references :account, null: false, foreign_key: { on_delete: :cascade }
      t.references :role, foreign_key: { to_table: :user_roles, on_delete: :nullify }
      t.datetime :confirmed_at
      t.boolean :approved, null: false, default: true
      t.boolean :disabled, null: false, default: false
      t.boolean :otp_required_for_login, null: false, default: false
      t.string :otp_secret
      t.timestamps
    end

    create_table :username_blocks do |t|
      t.string :username, null: false, index: { unique: true }
      t.timestamps
    end
  end

  def create_oauth
    create_table :oauth_applications do |t|
      t.string :name, null: false
      t.string :uid, null: false, index: { unique: true }
      t.string :secret, null: false
      t.text :redirect_uri, null: false
      t.string :scopes, null: false, default: ''
      t.boolean :confidential, null: false, default: true
      t.boolean :superapp, null: false, default: false
      t.string :website
      t.timestamps
    end

    create_table :oauth_access_grants do |t|
      t.references :resource_owner, null: false, foreign_key: { to_table: :users, on_delete: :cascade }
      t.references :application, null: false, foreign_key: { to_table: :oauth_applications, on_delete: :cascade }
      t.string :token, null: false, index: { unique: true }
      t.integer :expires_in, null: false
      t.text :redirect_uri, null: false
      t.string :scopes, null: false, default: ''
      t.datetime :created_at, null: false
      t.datetime :revoked_at
      t.string :code_challenge
      t.string :code_challenge_method
    end

    create_table :oauth_access_tokens do |t|
      t.references :resource_owner, foreign_key: { to_table: :users, on_delete: :cascade }
      t.references :application, foreign_key: { to_table: :oauth_applications, on_delete: :cascade }
      t.string :token, null: false, index: { unique: true }
      t.string :refresh_token, index: { unique: true }
      t.integer :expires_in
      t.string :scopes
      t.datetime :created_at, null: false
      t.datetime :revoked_at
    end
  end

  def create_statuses
    create_table :statuses do |t|
      t.references :account, null: false, foreign_key: { on_delete: :cascade }
      t.references :application, foreign_key: { to_table: :oauth_applications, on_delete: :nullify }
      t.text :text, null: false, default: ''
      t.text :spoiler_text, null: false, default: ''
      t.boolean :sensitive, null: false, default: false
      t.string :visibility, null: false, default: 'public'
      t.string :language
      t.references :in_reply_to, foreign_key: { to_table: :statuses, on_delete: :nullify }
      t.timestamps
    end

    create_table :media_attachments do |t|
      t.references :account, null: false, foreign_key: { on_delete: :cascade }
      t.references :status, foreign_key: { on_delete: :nullify }
      t.string :file_file_name, null: false
      t.string :file_content_type, null: false
      t.integer :file_file_size, null: false
      t.integer :width, null: false
      t.integer :height, null: false
      t.text :description
      t.timestamps
    end
  end

  def create_instance_settings
    create_table :settings do |t|
      t.string :var, null: false, index: { unique: true }
      t.text :value
      t.timestamps
    end

    create_table :rules do |t|
      t.integer :priority, null: false, default: 0
      t.text :text, null: false
      t.text :hint, null: false, default: ''
      t.datetime :deleted_at
      t.timestamps
    end
  end
end
