# frozen_string_literal: true

Rails.application.routes.draw do
  get '/health', to: 'health#show'

  use_doorkeeper { skip_controllers :applications, :authorized_applications, :token_info }

  scope module: :well_known, path: '.well-known' do
    get 'webfinger', to: 'webfinger#show'
    get 'host-meta', to: 'host_meta#show'
    get 'nodeinfo', to: 'node_info#index'
  end
  get '/nodeinfo/2.0', to: 'well_known/node_info#show'

  namespace :auth, path: 'auth' do
    get 'sign_in', to: 'sessions#new'
    post 'sign_in', to: 'sessions#create'
    delete 'sign_out', to: 'sessions#destroy'
    resource :password, only: %i(edit update)
  end

  namespace :api do
    namespace :v1 do
      resource :instance, only: :show
      get 'instance/rules', to: 'instances#rules'
      scope module: :instances, path: 'instance' do
        get 'terms_of_service(/:date)', to: 'documents#terms_of_service'
        %w(privacy_policy extended_description domain_blocks).each { |name| get name, to: "documents##{name}" }
      end
      namespace :admin do
        resources :domain_blocks, only: %i(index show create update destroy)
      end
      resources :apps, only: :create
      get 'accounts/verify_credentials', to: 'accounts#verify_credentials'
      resources :statuses, only: %i(create show destroy)
      get 'timelines/home', to: 'timelines#home'
      get 'timelines/public', to: 'timelines#public'
      resources :media, only: :show
    end

    namespace :v2 do
      resource :instance, only: :show
      resources :media, only: :create
    end

    match '*path', to: 'base#not_found', via: :all
  end

  get '/actor', to: 'instance_actors#show', as: :instance_actor
  get '/users/:username', to: 'accounts#show', as: :actor
  get '/@:username', to: 'accounts#profile', as: :profile
  get '/@:username/:id', to: 'statuses#show', as: :short_status
  resources :statuses, only: :create
  root 'home#show'
end
